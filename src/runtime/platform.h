// The process's one CUDA platform: its devices. Made at the first call that needs it and never destroyed (programs call
// CUDA from atexit handlers).
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "src/base/result.h"
#include "src/runtime/device.h"

namespace qiao::runtime {

// Set in a child forked from a process that had used CUDA: as with NVIDIA's driver, nothing of it works there.
inline std::atomic<bool> forked_after_use{false};
// NotInitialized there.
inline Result<void> check_process() {
  if (!forked_after_use.load(std::memory_order_relaxed)) [[likely]]
    return {};
  return invalid(Code::NotInitialized, "CUDA was used before this process was forked; it works in the parent alone");
}

class Platform {
 public:
  // Whether get() has succeeded: by cuInit, or because the runtime API, which calls it, is in use.
  static bool opened();
  // Loads the chips (QIAO_CHIP, QIAO_DEVICES) and opens the devices that CUDA_VISIBLE_DEVICES leaves, once; the same
  // error for ever when that fails, NoDevice when it leaves none.
  static Result<Platform*> get();

  int device_count() const { return static_cast<int>(devices_.size()); }
  Result<Device*> device(int ordinal) const;

  Registry<Event>& events() { return events_; }

 private:
  static Result<Platform*> open();

  std::vector<std::unique_ptr<Device>> devices_;
  Registry<Event> events_;
};

}  // namespace qiao::runtime
