#include "shim/cublas/mixed.h"

#include <algorithm>

namespace qiao::shim {
namespace {

using E = Element;

struct Row {
  E a, c;
};
constexpr Row kFloatRows[] = {{E::BF16, E::BF16}, {E::F16, E::F16}, {E::I8, E::F32},   {E::BF16, E::F32},
                              {E::F16, E::F32},   {E::F32, E::F32}, {E::C8I, E::C32F}, {E::C32F, E::C32F}};
constexpr Row kFastRows[] = {{E::F32, E::F32}, {E::C32F, E::C32F}};
constexpr Row kDoubleRows[] = {{E::F64, E::F64}, {E::C64F, E::C64F}};
constexpr Row kHalfRows[] = {{E::F16, E::F16}};
constexpr Row kIntegerRows[] = {{E::I8, E::I32}};

std::span<const Row> rows_of(cublasComputeType_t compute) {
  switch (compute) {
    case CUBLAS_COMPUTE_16F:
    case CUBLAS_COMPUTE_16F_PEDANTIC:
      return kHalfRows;
    case CUBLAS_COMPUTE_32I:
    case CUBLAS_COMPUTE_32I_PEDANTIC:
      return kIntegerRows;
    case CUBLAS_COMPUTE_32F:
    case CUBLAS_COMPUTE_32F_PEDANTIC:
      return kFloatRows;
    case CUBLAS_COMPUTE_32F_FAST_16F:
    case CUBLAS_COMPUTE_32F_FAST_16BF:
    case CUBLAS_COMPUTE_32F_FAST_TF32:
    case CUBLAS_COMPUTE_32F_EMULATED_16BFX9:
      return kFastRows;
    case CUBLAS_COMPUTE_64F:
    case CUBLAS_COMPUTE_64F_PEDANTIC:
    case CUBLAS_COMPUTE_64F_EMULATED_FIXEDPOINT:
      return kDoubleRows;
    default:
      return {};
  }
}

}  // namespace

std::optional<Element> element_of(cudaDataType_t type) {
  switch (type) {
    case CUDA_R_16F:
      return E::F16;
    case CUDA_R_16BF:
      return E::BF16;
    case CUDA_R_32F:
      return E::F32;
    case CUDA_R_64F:
      return E::F64;
    case CUDA_R_8I:
      return E::I8;
    case CUDA_R_32I:
      return E::I32;
    case CUDA_R_8F_E4M3:
      return E::E4M3;
    case CUDA_R_8F_E5M2:
      return E::E5M2;
    case CUDA_C_8I:
      return E::C8I;
    case CUDA_C_32F:
      return E::C32F;
    case CUDA_C_64F:
      return E::C64F;
    default:
      return std::nullopt;
  }
}

MixedTypes mixed_types(Call& call, cudaDataType_t a, cudaDataType_t b, cudaDataType_t c, cublasComputeType_t compute) {
  const std::span<const Row> rows = rows_of(compute);
  call.require(!rows.empty(), "computeType");
  const auto ea = element_of(a), ec = element_of(c);
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return ea == r.a && ec == r.c; });
  if (a != b || row == rows.end()) {
    call.refuse("types A " + std::to_string(a) + ", B " + std::to_string(b) + ", C " + std::to_string(c) +
                " (cudaDataType) with compute type " + std::to_string(compute));
    return {};
  }
  MixedTypes types{*ea, *ea, *ec, *ec, Accumulator::Float};
  switch (*ec) {
    case E::F64:
      types.accumulator = Accumulator::Double;
      break;
    case E::I32:
      types.accumulator = Accumulator::Integer;
      break;
    case E::C32F:
      types.accumulator = Accumulator::ComplexFloat;
      break;
    case E::C64F:
      types.accumulator = Accumulator::ComplexDouble;
      break;
    default:
      types.scale = rows.data() == kHalfRows ? E::F16 : E::F32;
  }
  return types;
}

std::vector<Operand> MixedGemm::operands(const void* a, const void* b, const void* c) const {
  const auto sized = [](Operand in_bytes, Element type) {
    in_bytes.bytes *= size_of(type);
    return in_bytes;
  };
  Operand output = sized(p.c(static_cast<const char*>(c)), types.c);
  output.written = true;
  return {sized(p.a(static_cast<const char*>(a)), types.a), sized(p.b(static_cast<const char*>(b)), types.b), output};
}

void MixedGemm::run(const void* a, const void* b, void* c) const {
  with_accumulator(types.accumulator, [&](auto zero) {
    using A = decltype(zero);
    const A scale = alpha.get<A>(), keep = beta.get<A>();
    if constexpr (!std::is_same_v<A, int32_t>) {
      if (types.a == blas::element_of<A> && types.c == blas::element_of<A>) {
        return p.multiply(scale, static_cast<const A*>(a), static_cast<const A*>(b), keep, static_cast<A*>(c));
      }
    }
    std::vector<A> old(size_t(keep == A(0) ? 0 : p.m));
    const auto finish = [&](int64_t first, int64_t width, A* panel) {
      for (int64_t j = 0; j < width; ++j) {
        A* column = panel + j * p.m;
        void* to = element_at(types.c, c, (first + j) * p.ldc);
        if (!old.empty()) blas::load(types.c, to, 1, p.m, old.data());
        for (int i = 0; i < p.m; ++i) {
          column[i] =
              old.empty() ? combine(scale, column[i], A(0), A(0)) : combine(scale, column[i], keep, old[size_t(i)]);
        }
        blas::store(types.c, column, p.m, to, 1);
      }
    };
    const int depth = scale == A(0) ? 0 : p.k;  // what A and B hold does not matter then
    const blas::MixedProduct product{p.opa, p.opb, p.m, p.n, depth, types.a, types.b, a, b, p.lda, p.ldb};
    blas::multiply<A>(product, finish);
  });
}

}  // namespace qiao::shim
