// What CUDA keeps per host thread: the stack of current contexts, the runtime API's device, and the launch
// configurations pushed by <<<>>>.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "src/base/result.h"
#include "src/hal/device.h"
#include "src/runtime/context.h"

namespace qiao::runtime {

struct LaunchConfiguration {
  hal::Dim3 grid;
  hal::Dim3 block;
  uint64_t dynamic_shared_bytes;
  void* stream;
};

struct ThreadState {
  std::vector<std::shared_ptr<Context>> contexts;  // back() is current; entries may be null (cuCtxSetCurrent(NULL))
  int device = 0;                                  // the runtime API's current device
  std::vector<LaunchConfiguration> configurations;

  static ThreadState& current();
};

// The driver API's current context: InvalidContext when there is none.
Result<std::shared_ptr<Context>> current_context();
// The runtime API's: makes the current device's primary context current when none is.
Result<std::shared_ptr<Context>> runtime_context();

}  // namespace qiao::runtime
