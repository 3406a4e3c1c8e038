// The entry points of cuBLAS and cuBLASLt as declarations to implement. A family of them is one template for all
// types and both widths of integers, so a body is a pointer: `QIAO_BLAS_BODY(Cublas, cublasSgemm_v2, gemm<float, int>)`
// is the whole registration, which does not compile with a wrong signature, and which the linker finds or not.
#pragma once

#include "shim/api/cublas_types.h"
#include "shim/api/enter.h"

#define QIAO_ENUM(type) qiao::shim::EnumNames enum_names(type);  // found by the type, wherever the trace asks
#define QIAO_ENUMERATOR(name)
#define QIAO_ENUM_END(type)
#include "shim/api/cublas_enums.gen.inc"
#undef QIAO_ENUM
#undef QIAO_ENUMERATOR
#undef QIAO_ENUM_END

namespace qiao::shim {

// clang-format off
#define QIAO_ENTRY(symbol, body, since, until, result, params, args) \
  [[gnu::weak, gnu::visibility("hidden")]] extern result (*const body) params;
// clang-format on

// Namespaces, because a static data member that is nowhere defined is not weak to GCC.
namespace Cublas {
#include "shim/api/cublas.inc"
}  // namespace Cublas
struct CublasLibrary {};

// clang-format off
#define QIAO_ENTRY(symbol, body, since, until, result, params, args) \
  [[gnu::weak, gnu::visibility("hidden")]] extern result (*const body) params;
// clang-format on

namespace CublasLt {
#include "shim/api/cublasLt.inc"
}  // namespace CublasLt
struct CublasLtLibrary {};

#define QIAO_BLAS_BODY(library, name, ...) constinit decltype(library::name) library::name = &__VA_ARGS__;

int refuse_blas(const Entry& entry);

struct BlasBoundary {
  static constexpr int kOutOfMemory = CUBLAS_STATUS_ALLOC_FAILED;
  static constexpr int kInternal = CUBLAS_STATUS_INTERNAL_ERROR;
  static int refuse(const Entry& entry) { return refuse_blas(entry); }
};
template <>
struct Boundary<CublasLibrary> : BlasBoundary {
  static constexpr const char* kName = "cublas";
};
template <>
struct Boundary<CublasLtLibrary> : BlasBoundary {
  static constexpr const char* kName = "cublasLt";
};
template <>
inline constexpr bool is_code<cublasStatus_t> = true;

}  // namespace qiao::shim
