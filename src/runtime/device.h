// A device: the emulated chip and its primary context.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "src/base/result.h"
#include "src/hal/device.h"
#include "src/runtime/context.h"

namespace qiao::runtime {

class Device {
 public:
  // `ordinal`: what the program sees; `physical`: which of the process's devices, before CUDA_VISIBLE_DEVICES.
  Device(int ordinal, std::unique_ptr<hal::Device> chip, int physical = -1);

  int ordinal() const { return ordinal_; }
  int physical() const { return physical_; }
  hal::Device& hal() const { return *chip_; }
  const hal::ChipDescription& description() const { return chip_->chip(); }

  // Made at first use. A claim keeps it active: the runtime API's (one for ever), or one of each retain.
  std::shared_ptr<Context> primary_context();
  std::shared_ptr<Context> retain_primary();
  Result<void> release_primary();  // InvalidContext when it is not retained; the last release destroys it
  bool primary_active() const;
  uint32_t primary_flags() const;
  Result<void> set_primary_flags(uint32_t flags);
  void reset_primary();  // destroys it with everything it holds

  // A context of this device may, or may no longer, access memory of `peer`; counted, as contexts share the chip.
  void allow_peer(const Device& peer, bool allowed);

 private:
  std::shared_ptr<Context> claim_primary(bool retain);

  const int ordinal_;
  const int physical_;
  std::unique_ptr<hal::Device> chip_;
  mutable std::mutex context_mutex_;
  std::shared_ptr<Context> primary_;
  uint32_t primary_flags_ = 0;
  uint64_t retains_ = 0;
  bool used_by_runtime_ = false;
  std::mutex peer_mutex_;
  std::map<const Device*, int> peers_;
};

}  // namespace qiao::runtime
