// Physical memory: parts of anonymous files (memfd), so that one piece can be mapped several times and be handed to
// other processes. What is not exported shares one sparse file, as a process has few descriptors.
#pragma once

#include <functional>
#include <memory>

#include "src/hal/physical_memory.h"

namespace qiao::machine {

class PhysicalMemory final : public hal::PhysicalMemory {
 public:
  // `note` names an exported file, for who imports it; empty: not to be exported. `released` is called at the end.
  static Result<std::shared_ptr<PhysicalMemory>> create(uint64_t bytes, const std::string& note,
                                                        std::function<void()> released);
  static Result<std::shared_ptr<PhysicalMemory>> import(int descriptor);  // which stays the caller's
  PhysicalMemory(int descriptor, uint64_t offset, uint64_t bytes, bool own, std::function<void()> released)
      : descriptor_(descriptor), offset_(offset), bytes_(bytes), own_(own), released_(std::move(released)) {}
  ~PhysicalMemory() override;

  uint64_t bytes() const override { return bytes_; }
  Result<int> export_descriptor() const override;
  int descriptor() const { return descriptor_; }
  uint64_t offset() const { return offset_; }

 private:
  const int descriptor_;
  const uint64_t offset_;
  const uint64_t bytes_;
  const bool own_;  // a file of its own
  std::function<void()> released_;
};

// Both replace whatever is mapped there. Whole pages.
Result<void> map_memory(uint64_t address, const PhysicalMemory& memory, uint64_t offset, uint64_t bytes,
                        hal::Protection protection);
Result<void> unmap_memory(uint64_t address, uint64_t bytes);
Result<void> protect_memory(uint64_t address, uint64_t bytes, hal::Protection protection);

}  // namespace qiao::machine
