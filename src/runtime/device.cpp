#include "src/runtime/device.h"

#include <algorithm>

namespace qiao::runtime {

Device::Device(int ordinal, std::unique_ptr<hal::Device> chip) : ordinal_(ordinal), chip_(std::move(chip)) {}

std::shared_ptr<Context> Device::primary_context() {
  std::lock_guard lock(context_mutex_);
  if (!primary_) primary_ = std::make_shared<Context>(*this, true, primary_flags_);
  return primary_;
}

bool Device::primary_active() const {
  std::lock_guard lock(context_mutex_);
  return primary_ != nullptr;
}

Result<void> Device::set_primary_flags(uint32_t flags) {
  std::lock_guard lock(context_mutex_);
  primary_flags_ = flags;
  if (primary_) primary_->set_flags(flags);
  return {};
}

void Device::reset_primary() {
  std::shared_ptr<Context> old;
  {
    std::lock_guard lock(context_mutex_);
    old = std::move(primary_);
    primary_ = nullptr;
  }
  if (!old) return;
  old->synchronize();
  std::vector<Allocation> held;
  {
    std::unique_lock lock(memory_mutex_);
    for (auto it = allocations_.begin(); it != allocations_.end();) {
      bool mine = it->second.context == old.get();
      if (mine) held.push_back(it->second);
      it = mine ? allocations_.erase(it) : std::next(it);
    }
  }
  for (const Allocation& allocation : held) {
    if (allocation.kind == MemoryKind::RegisteredHost) {
      (void)chip_->unregister_host(reinterpret_cast<const void*>(allocation.base));
    } else {
      (void)chip_->release(allocation.base);
    }
  }
}

Result<uint64_t> Device::allocate(uint64_t bytes, MemoryKind kind, uint32_t flags, Context* context) {
  Result<hal::DevicePtr> address = chip_->allocate(bytes);
  if (!address) return address;
  std::unique_lock lock(memory_mutex_);
  allocations_[*address] = {*address, bytes, kind, flags, context};
  return address;
}

Result<void> Device::release(uint64_t address, std::initializer_list<MemoryKind> kinds) {
  {
    std::unique_lock lock(memory_mutex_);
    auto found = allocations_.find(address);
    if (found == allocations_.end() || std::find(kinds.begin(), kinds.end(), found->second.kind) == kinds.end()) {
      return invalid(Code::InvalidValue, "pointer to free is not the start of an allocation of this kind");
    }
    allocations_.erase(found);
  }
  return chip_->release(address);
}

Result<void> Device::register_host(const void* base, uint64_t bytes, uint32_t flags, Context* context) {
  uint64_t address = reinterpret_cast<uint64_t>(base);
  std::unique_lock lock(memory_mutex_);
  auto next = allocations_.lower_bound(address + bytes);
  if (next != allocations_.begin()) {
    const Allocation& before = std::prev(next)->second;
    if (before.base + before.bytes > address) {
      return invalid(Code::HostMemoryAlreadyRegistered, "host range overlaps memory that is already registered");
    }
  }
  if (Result<void> done = chip_->register_host(base, bytes); !done) return done;
  allocations_[address] = {address, bytes, MemoryKind::RegisteredHost, flags, context};
  return {};
}

Result<void> Device::unregister_host(const void* base) {
  std::unique_lock lock(memory_mutex_);
  auto found = allocations_.find(reinterpret_cast<uint64_t>(base));
  if (found == allocations_.end() || found->second.kind != MemoryKind::RegisteredHost) {
    return invalid(Code::HostMemoryNotRegistered, "host pointer was not registered");
  }
  allocations_.erase(found);
  return chip_->unregister_host(base);
}

std::optional<Allocation> Device::find(uint64_t address) const {
  std::shared_lock lock(memory_mutex_);
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin()) return std::nullopt;
  const Allocation& candidate = std::prev(next)->second;
  if (address - candidate.base >= std::max<uint64_t>(candidate.bytes, 1)) return std::nullopt;
  return candidate;
}

}  // namespace qiao::runtime
