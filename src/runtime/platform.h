// The process's one CUDA platform: its devices. Made at the first call that needs it and never destroyed (programs call
// CUDA from atexit handlers).
#pragma once

#include <memory>
#include <vector>

#include "src/base/result.h"
#include "src/runtime/device.h"

namespace qiao::runtime {

class Platform {
 public:
  // Loads the chip (QIAO_CHIP) and opens the devices once; the same error for ever when that fails.
  static Result<Platform*> get();

  int device_count() const { return static_cast<int>(devices_.size()); }
  Result<Device*> device(int ordinal) const;
  // The device whose memory contains `address`, with the allocation; null when none.
  Device* owner_of(uint64_t address, Allocation* allocation = nullptr) const;

  Registry<Context>& contexts() { return contexts_; }
  Registry<Event>& events() { return events_; }

 private:
  static Result<Platform*> open();

  std::vector<std::unique_ptr<Device>> devices_;
  Registry<Context> contexts_;  // those made by cuCtxCreate, and primary contexts that were retained
  Registry<Event> events_;
};

}  // namespace qiao::runtime
