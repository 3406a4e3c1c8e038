// The names of enumerators, by type.
#include "shim/api/trace.h"

namespace qiao::shim {

#define QIAO_ENUM(type)        \
  EnumNames enum_names(type) { \
    static const EnumName names[] = {
#define QIAO_ENUMERATOR(name) {#name, static_cast<long long>(::name)},
#define QIAO_ENUM_END(type)                     \
  }                                             \
  ;                                             \
  return {names, sizeof names / sizeof *names}; \
  }
// clang-format off
#include "shim/api/enums.gen.inc"
// clang-format on
#undef QIAO_ENUM
#undef QIAO_ENUMERATOR
#undef QIAO_ENUM_END

EnumNames enum_names(nvrtcResult) {
#define QIAO_RESULT(name, number) {#name, number},
  static const EnumName names[] = {
#include "shim/api/nvrtc_results.inc"
  };
  return {names, sizeof names / sizeof *names};
}

}  // namespace qiao::shim
