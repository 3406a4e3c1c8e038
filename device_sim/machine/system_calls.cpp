#include "device_sim/machine/system_calls.h"

namespace qiao::machine {

const SystemCall* find_system_call(std::string_view name) {
  static const SystemCall kCalls[] = {
      {"vprintf", "qiao_lane_vprintf", 32, {64, 64}, false},
      {"malloc", "qiao_lane_malloc", 64, {64}, false},
      {"free", "qiao_lane_free", 0, {64}, false},
      {"__assertfail", "qiao_lane_assertfail", 0, {64, 64, 32, 64, 64}, true},
  };
  for (const SystemCall& call : kCalls) {
    if (call.name == name) return &call;
  }
  return nullptr;
}

}  // namespace qiao::machine
