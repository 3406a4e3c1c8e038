// A chip for runtime tests: host memory, no kernels. Lets streams, events and copies be tested without device_sim.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>

#include "src/runtime/device.h"

namespace qiao::runtime {

class FakeChip : public hal::Device {
 public:
  ~FakeChip() override {
    for (const auto& [address, bytes] : held_) std::free(reinterpret_cast<void*>(address));
  }
  const hal::ChipDescription& chip() const override { return description_; }
  Result<hal::DevicePtr> allocate(uint64_t bytes) override {
    std::lock_guard lock(mutex_);
    void* memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    held_[reinterpret_cast<uint64_t>(memory)] = bytes;
    return reinterpret_cast<uint64_t>(memory);
  }
  Result<void> release(hal::DevicePtr address) override {
    std::lock_guard lock(mutex_);
    if (held_.erase(address) == 0) return invalid(Code::InvalidValue, "not allocated");
    std::free(reinterpret_cast<void*>(address));
    return {};
  }
  Result<hal::GlobalVariable> allocation_of(hal::DevicePtr) const override { return invalid(Code::NotFound, "none"); }
  uint64_t total_bytes() const override { return 1 << 30; }
  uint64_t free_bytes() const override { return 1 << 29; }
  Result<void> register_host(const void*, uint64_t) override { return {}; }
  Result<void> unregister_host(const void*) override { return {}; }
  Result<std::unique_ptr<hal::LoadedModule>> load(std::shared_ptr<const ptx::Module>) override {
    return unsupported("the fake chip runs nothing");
  }
  Result<void> validate(const hal::LaunchRequest&) const override { return {}; }
  Result<void> launch(const hal::LaunchRequest&) override { return unsupported("the fake chip runs nothing"); }

 private:
  hal::ChipDescription description_;
  std::mutex mutex_;
  std::map<uint64_t, uint64_t> held_;
};

inline std::unique_ptr<Device> fake_device() {
  return std::make_unique<Device>(0, std::make_unique<FakeChip>());
}

}  // namespace qiao::runtime
