// Virtual memory management (CUDA driver API, same title): addresses, physical memory and access are had separately.
// The process has one page table, so a page allows what the most privileged device may; a device that has no access to
// a page others may use is not kept from it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "src/runtime/device.h"
#include "src/runtime/memory_map.h"

namespace qiao::runtime {

class VirtualMemory {
 public:
  static constexpr uint64_t kGranularity = hal::Device::kGranularity;

  struct Properties {      // as the program gave them
    int handle_types = 0;  // CUmemAllocationHandleType bits
    int location_type = 1;
    int location = 0;
  };
  // A place that may have access: CUmemLocationType and its id.
  using Place = std::pair<int, int>;

  static VirtualMemory& instance();

  Result<uint64_t> reserve(Device& device, uint64_t bytes, uint64_t alignment, uint64_t wanted);
  Result<void> free(uint64_t address, uint64_t bytes);

  Result<uint64_t> create(Device& device, uint64_t bytes, const Properties& properties);
  Result<uint64_t> import(Device& device, int descriptor);
  Result<int> export_descriptor(uint64_t handle) const;
  Result<Properties> properties_of(uint64_t handle) const;
  Result<uint64_t> retain(uint64_t address);  // the handle of what is mapped there
  Result<void> release(uint64_t handle);

  Result<void> map(uint64_t address, uint64_t bytes, uint64_t offset, uint64_t handle);
  Result<void> unmap(uint64_t address, uint64_t bytes);
  Result<void> set_access(uint64_t address, uint64_t bytes, Place place, hal::Protection protection);
  Result<hal::Protection> access_of(uint64_t address, Place place) const;

 private:
  struct Physical {
    uint64_t handle;
    Device* device;
    Properties properties;
    std::shared_ptr<hal::PhysicalMemory> memory;
    uint64_t references;  // of the handle
  };
  struct Mapping {
    uint64_t bytes;
    std::shared_ptr<Physical> physical;
    std::map<Place, hal::Protection> access;
    hal::Protection now = hal::Protection::None;
  };
  struct Reservation {
    uint64_t bytes;
    Device* device;
  };

  uint64_t add(Device& device, const Properties& properties, std::shared_ptr<hal::PhysicalMemory> memory);
  Result<std::shared_ptr<Physical>> find(uint64_t handle) const;
  // The mappings which together are exactly that range, none of them in part.
  Result<std::vector<uint64_t>> mappings_of(uint64_t address, uint64_t bytes) const;
  Result<void> apply_access(uint64_t address, Mapping& mapping);

  mutable std::mutex mutex_;
  std::map<uint64_t, Reservation> reservations_;
  std::map<uint64_t, Mapping> mappings_;
  std::map<uint64_t, std::shared_ptr<Physical>> handles_;
  uint64_t next_handle_ = 1;
};

}  // namespace qiao::runtime
