// A device: the emulated chip, its primary context, and the memory the program holds on it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "src/base/result.h"
#include "src/hal/device.h"
#include "src/runtime/context.h"

namespace qiao::runtime {

enum class MemoryKind : uint8_t { Device, PinnedHost, Managed, RegisteredHost };

struct Allocation {
  uint64_t base = 0;
  uint64_t bytes = 0;
  MemoryKind kind = MemoryKind::Device;
  uint32_t flags = 0;  // as given to the allocating call
  Context* context = nullptr;
};

class Device {
 public:
  Device(int ordinal, std::unique_ptr<hal::Device> chip);

  int ordinal() const { return ordinal_; }
  hal::Device& hal() const { return *chip_; }
  const hal::ChipDescription& description() const { return chip_->chip(); }

  // Made at first use; reset drops it with everything it holds.
  std::shared_ptr<Context> primary_context();
  bool primary_active() const;
  uint32_t primary_flags() const { return primary_flags_; }
  Result<void> set_primary_flags(uint32_t flags);
  void reset_primary();

  // Zero bytes is the caller's to judge. OutOfMemory when the chip's memory is exhausted.
  Result<uint64_t> allocate(uint64_t bytes, MemoryKind kind, uint32_t flags, Context* context);
  // `kinds` tells which allocations the call may free; InvalidValue when `address` is not the base of one.
  Result<void> release(uint64_t address, std::initializer_list<MemoryKind> kinds);
  Result<void> register_host(const void* base, uint64_t bytes, uint32_t flags, Context* context);
  Result<void> unregister_host(const void* base);
  // The program's allocation that contains `address`; nothing when it is none of ours.
  std::optional<Allocation> find(uint64_t address) const;

 private:
  const int ordinal_;
  std::unique_ptr<hal::Device> chip_;
  mutable std::mutex context_mutex_;
  std::shared_ptr<Context> primary_;
  uint32_t primary_flags_ = 0;
  mutable std::shared_mutex memory_mutex_;
  std::map<uint64_t, Allocation> allocations_;  // by base
};

}  // namespace qiao::runtime
