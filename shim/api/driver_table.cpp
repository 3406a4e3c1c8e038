// libqiao's table of driver entry points: one function per row of the list, in row order.
#include "shim/api/table.h"

#include "shim/api/enter.h"

namespace qiao::shim {
namespace {

// clang-format off
#define QIAO_LAST(...) __VA_OPT__(,) __VA_ARGS__
#define QIAO_ENTRY(symbol, body, since, until, result, params, args)                                  \
  result enter_##body params {                                                                        \
    static constexpr Entry entry = {#symbol, #args};                                                  \
    return enter<Driver>(entry, remembers<Driver>(#symbol), &Driver::body QIAO_LAST args); \
  }
#include "shim/api/driver.inc"
#undef QIAO_LAST

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) reinterpret_cast<void*>(&enter_##body),
void* const kEntries[] = {
#include "shim/api/driver.inc"
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) reinterpret_cast<void*>(&Driver::body),
void* const kBodies[] = {
#include "shim/api/driver.inc"
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) {#symbol, #body, since, until},
constexpr Row kRows[] = {
#include "shim/api/driver.inc"
};
// clang-format on

}  // namespace

Table driver_table() {
  return {kRows, kEntries, kBodies};
}

}  // namespace qiao::shim
