// The names of cuBLAS enumerators for the trace, by type; and what a cuBLAS call without a body answers.
#include <string>

#include "shim/api/cublas_entry.h"
#include "src/base/log.h"

#define QIAO_ENUM(type)                    \
  qiao::shim::EnumNames enum_names(type) { \
    static const qiao::shim::EnumName names[] = {
#define QIAO_ENUMERATOR(name) {#name, static_cast<long long>(::name)},
#define QIAO_ENUM_END(type)                     \
  }                                             \
  ;                                             \
  return {names, sizeof names / sizeof *names}; \
  }
// clang-format off
#include "shim/api/cublas_enums.gen.inc"
// clang-format on
#undef QIAO_ENUM
#undef QIAO_ENUMERATOR
#undef QIAO_ENUM_END

namespace qiao::shim {

int refuse_blas(const Entry& entry) {
  log::warn_once(entry.symbol, std::string(entry.symbol) + ": unimplemented");
  return CUBLAS_STATUS_NOT_SUPPORTED;
}

}  // namespace qiao::shim
