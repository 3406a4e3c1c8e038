// The functions which compiled code calls, with the symbol table by which the JIT finds them. runtime_calls.inc is the
// one list. All are nounwind; those marked "may not return" leave the fiber instead when the launch is being stopped.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "device_sim/machine/block_context.h"
#include "device_sim/machine/lane_context.h"

extern "C" {

using QiaoBlock = qiao::machine::BlockContext;
using QiaoLane = qiao::machine::LaneContext;
struct QiaoWords {  // compiled code takes {i64, i64}
  uint64_t low, high;
};

// Each row of the list becomes a declaration: `result name parameters;`
#define QIAO_RUNTIME_CALL(result, name, parameters) result name parameters;
#include "device_sim/machine/runtime_calls.inc"
#undef QIAO_RUNTIME_CALL

}  // extern "C"

namespace qiao::machine {

struct RuntimeSymbol {
  std::string_view name;
  const void* address;
};

// Every row of runtime_calls.inc, in its order.
std::span<const RuntimeSymbol> runtime_symbols();

}  // namespace qiao::machine
