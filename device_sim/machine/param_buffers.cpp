// Parameter buffers of one size, reused from launch to launch.
#include "device_sim/machine/param_buffers.h"

#include <string>

namespace qiao::machine {

ParamBuffers::~ParamBuffers() {
  for (const uint64_t address : free_) (void)arena_.release(address, Arena::Owner::Internal);
}

Result<uint64_t> ParamBuffers::take(uint64_t bytes) {
  if (bytes > bytes_)
    return invalid(Code::InvalidValue,
                   std::to_string(bytes) + " bytes of kernel parameters, but the chip takes " + std::to_string(bytes_));
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      const uint64_t address = free_.back();
      free_.pop_back();
      return address;
    }
  }
  return arena_.allocate(bytes_, Arena::Owner::Internal);
}

void ParamBuffers::give(uint64_t address) {
  std::lock_guard lock(mutex_);
  free_.push_back(address);
}

}  // namespace qiao::machine
