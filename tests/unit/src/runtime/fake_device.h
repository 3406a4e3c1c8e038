// A chip for runtime tests: host memory, no kernels. Lets streams, events and copies be tested without device_sim.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "src/runtime/device.h"

namespace qiao::runtime {

class FakeChip : public hal::Device {
 public:
  ~FakeChip() override {
    for (const auto& [address, bytes] : held_) std::free(reinterpret_cast<void*>(address));
  }
  const hal::ChipDescription& chip() const override { return description_; }
  Result<hal::DevicePtr> allocate(uint64_t bytes, hal::Memory) override {
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
  bool is_device_address(hal::DevicePtr) const override { return false; }
  void allow_peer(const hal::Device& peer, bool allowed) override {
    if (allowed) peers.insert(&peer);
    if (!allowed) peers.erase(&peer);
  }
  Result<hal::DevicePtr> reserve_addresses(uint64_t, uint64_t, hal::DevicePtr) override { return nothing(); }
  Result<void> release_addresses(hal::DevicePtr, uint64_t) override { return nothing(); }
  Result<std::shared_ptr<hal::PhysicalMemory>> create_memory(uint64_t, hal::Memory, const std::string&) override {
    return nothing();
  }
  Result<std::shared_ptr<hal::PhysicalMemory>> import_memory(int) override { return nothing(); }
  Result<void> map(hal::DevicePtr, const hal::PhysicalMemory&, uint64_t, uint64_t) override { return nothing(); }
  Result<void> protect(hal::DevicePtr, uint64_t, hal::Protection) override { return nothing(); }
  Result<void> unmap(hal::DevicePtr, uint64_t) override { return nothing(); }
  Result<hal::SharedPart> share(hal::DevicePtr) override { return nothing(); }
  uint64_t total_bytes() const override { return 1 << 30; }
  uint64_t free_bytes() const override { return 1 << 29; }
  Result<void> register_host(const void*, uint64_t) override { return {}; }
  Result<void> unregister_host(const void*) override { return {}; }
  Result<uint64_t> create_image(const hal::Image&) override { return ++images_; }
  void destroy_image(uint64_t) override {}
  Result<std::unique_ptr<hal::LoadedModule>> load(std::shared_ptr<const ptx::Module>) override {
    return unsupported("the fake chip runs nothing");
  }
  Result<void> validate(const hal::LaunchRequest&) const override { return {}; }
  Result<void> launch(const hal::LaunchRequest&) override { return unsupported("the fake chip runs nothing"); }

  std::set<const hal::Device*> peers;  // whose memory kernels may access

 private:
  uint64_t images_ = 0;
  static Error nothing() { return unsupported("the fake chip maps nothing"); }

  hal::ChipDescription description_;
  std::mutex mutex_;
  std::map<uint64_t, uint64_t> held_;
};

inline std::unique_ptr<Device> fake_device(int ordinal = 0) {
  return std::make_unique<Device>(ordinal, std::make_unique<FakeChip>());
}

}  // namespace qiao::runtime
