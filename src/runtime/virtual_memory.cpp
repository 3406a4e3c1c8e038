#include "src/runtime/virtual_memory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "src/runtime/platform.h"

namespace qiao::runtime {
namespace {

constexpr int kDeviceLocation = 1;
constexpr char kNote[] = "qiao-exported-";  // and the physical number of the device it is memory of

bool whole(uint64_t value) {
  return value % VirtualMemory::kGranularity == 0;
}

Error not_whole(const char* what) {
  return invalid(Code::InvalidValue, std::string(what) + " is not a multiple of the granularity of " +
                                         std::to_string(VirtualMemory::kGranularity) + " bytes");
}

// The visible device whose memory the file is, as its name says; the current one when it is not visible here.
Device& device_of_file(int descriptor, Device& otherwise) {
  char name[256] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  if (readlink(link.c_str(), name, sizeof name - 1) <= 0) return otherwise;
  const std::string text = name;
  const size_t at = text.find(kNote);
  Result<Platform*> platform = Platform::get();
  if (at == std::string::npos || !platform) return otherwise;
  const int physical = std::atoi(text.c_str() + at + sizeof kNote - 1);
  for (int i = 0; i < (*platform)->device_count(); ++i) {
    Device& device = **(*platform)->device(i);
    if (device.physical() == physical) return device;
  }
  return otherwise;
}

}  // namespace

VirtualMemory& VirtualMemory::instance() {
  static auto* memory = new VirtualMemory;  // never destroyed: programs call CUDA from atexit handlers
  return *memory;
}

Result<uint64_t> VirtualMemory::reserve(Device& device, uint64_t bytes, uint64_t alignment, uint64_t wanted) {
  if (bytes == 0 || !whole(bytes)) return not_whole("the size of an address range");
  if ((alignment & (alignment - 1)) != 0) return invalid(Code::InvalidValue, "the alignment is not a power of two");
  Result<uint64_t> address = device.hal().reserve_addresses(bytes, alignment, wanted);
  if (!address) return address;
  std::lock_guard lock(mutex_);
  reservations_[*address] = {bytes, &device};
  return address;
}

Result<void> VirtualMemory::free(uint64_t address, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  auto found = reservations_.find(address);
  if (found == reservations_.end() || found->second.bytes != bytes)
    return invalid(Code::InvalidValue, "the range to free was not reserved as one");
  auto mapping = mappings_.lower_bound(address);
  if (mapping != mappings_.end() && mapping->first < address + bytes)
    return invalid(Code::InvalidValue, "the address range to free has memory mapped");
  Device& device = *found->second.device;
  reservations_.erase(found);
  return device.hal().release_addresses(address, bytes);
}

uint64_t VirtualMemory::add(Device& device, const Properties& properties, std::shared_ptr<hal::PhysicalMemory> memory) {
  std::lock_guard lock(mutex_);
  const uint64_t handle = next_handle_++;
  handles_[handle] = std::make_shared<Physical>(Physical{handle, &device, properties, std::move(memory), 1});
  return handle;
}

Result<uint64_t> VirtualMemory::create(Device& device, uint64_t bytes, const Properties& properties) {
  if (bytes == 0 || !whole(bytes)) return not_whole("the size of physical memory");
  const std::string note = properties.handle_types != 0 ? kNote + std::to_string(device.physical()) : std::string();
  const auto where = properties.location_type == kDeviceLocation ? hal::Memory::Device : hal::Memory::Common;
  Result<std::shared_ptr<hal::PhysicalMemory>> memory = device.hal().create_memory(bytes, where, note);
  if (!memory) return memory.error();
  return add(device, properties, *std::move(memory));
}

Result<uint64_t> VirtualMemory::import(Device& device, int descriptor) {
  Result<std::shared_ptr<hal::PhysicalMemory>> memory = device.hal().import_memory(descriptor);
  if (!memory) return memory.error();
  Device& owner = device_of_file(descriptor, device);
  constexpr int kFileDescriptor = 1;
  return add(owner, {kFileDescriptor, kDeviceLocation, owner.ordinal()}, *std::move(memory));
}

Result<std::shared_ptr<VirtualMemory::Physical>> VirtualMemory::find(uint64_t handle) const {
  auto found = handles_.find(handle);
  if (found == handles_.end()) return invalid(Code::InvalidValue, "the handle of physical memory is not live");
  return found->second;
}

Result<int> VirtualMemory::export_descriptor(uint64_t handle) const {
  std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Physical>> physical = find(handle);
  if (!physical) return physical.error();
  if ((*physical)->properties.handle_types == 0)
    return invalid(Code::InvalidValue, "the memory was created without a handle type to export it by");
  return (*physical)->memory->export_descriptor();
}

Result<VirtualMemory::Properties> VirtualMemory::properties_of(uint64_t handle) const {
  std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Physical>> physical = find(handle);
  if (!physical) return physical.error();
  return (*physical)->properties;
}

Result<uint64_t> VirtualMemory::retain(uint64_t address) {
  std::lock_guard lock(mutex_);
  auto next = mappings_.upper_bound(address);
  if (next == mappings_.begin() || address - std::prev(next)->first >= std::prev(next)->second.bytes)
    return invalid(Code::InvalidValue, "no memory is mapped at the address");
  const std::shared_ptr<Physical>& physical = std::prev(next)->second.physical;
  ++physical->references;
  handles_[physical->handle] = physical;  // its last handle may have been released
  return physical->handle;
}

Result<void> VirtualMemory::release(uint64_t handle) {
  std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Physical>> physical = find(handle);
  if (!physical) return physical.error();
  if (--(*physical)->references == 0) handles_.erase(handle);
  return {};
}

Result<void> VirtualMemory::map(uint64_t address, uint64_t bytes, uint64_t offset, uint64_t handle) {
  if (bytes == 0 || !whole(address) || !whole(bytes) || !whole(offset)) return not_whole("a range to map");
  std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Physical>> physical = find(handle);
  if (!physical) return physical.error();
  const uint64_t all = (*physical)->memory->bytes();
  if (offset > all || bytes > all - offset) return invalid(Code::InvalidValue, "more is mapped than the memory has");
  auto next = reservations_.upper_bound(address);
  if (next == reservations_.begin() || address + bytes > std::prev(next)->first + std::prev(next)->second.bytes)
    return invalid(Code::InvalidValue, "the range to map lies in no reserved address range");
  auto after = mappings_.lower_bound(address + bytes);
  if (after != mappings_.begin() && std::prev(after)->first + std::prev(after)->second.bytes > address)
    return invalid(Code::InvalidValue, "the range to map has memory mapped already");
  if (auto done = (*physical)->device->hal().map(address, *(*physical)->memory, offset, bytes); !done) return done;
  mappings_[address] = {bytes, *physical, {}};
  return {};
}

Result<std::vector<uint64_t>> VirtualMemory::mappings_of(uint64_t address, uint64_t bytes) const {
  std::vector<uint64_t> found;
  uint64_t at = address;
  while (at < address + bytes) {
    auto mapping = mappings_.find(at);
    if (mapping == mappings_.end()) break;
    found.push_back(at);
    at += mapping->second.bytes;
  }
  if (bytes != 0 && at == address + bytes) return found;
  return invalid(Code::InvalidValue, "the range is not one of whole mappings");
}

Result<void> VirtualMemory::unmap(uint64_t address, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  Result<std::vector<uint64_t>> range = mappings_of(address, bytes);
  if (!range) return range.error();
  for (const uint64_t each : *range) {
    auto mapping = mappings_.find(each);
    if (mapping->second.now != hal::Protection::None) (void)MemoryMap::instance().remove(each, {MemoryKind::Virtual});
    if (auto done = mapping->second.physical->device->hal().unmap(each, mapping->second.bytes); !done) return done;
    mappings_.erase(mapping);
  }
  return {};
}

Result<void> VirtualMemory::apply_access(uint64_t address, Mapping& mapping) {
  hal::Protection most = hal::Protection::None;
  for (const auto& [place, protection] : mapping.access) most = std::max(most, protection);
  Device& device = *mapping.physical->device;
  if (auto done = device.hal().protect(address, mapping.bytes, most); !done) return done;
  if (mapping.now != hal::Protection::None) (void)MemoryMap::instance().remove(address, {MemoryKind::Virtual});
  mapping.now = most;
  if (most == hal::Protection::None) return {};
  Allocation known{.base = address, .bytes = mapping.bytes, .kind = MemoryKind::Virtual};
  known.device = &device;
  known.read_only = most == hal::Protection::Read;
  return MemoryMap::instance().add(known);
}

Result<void> VirtualMemory::set_access(uint64_t address, uint64_t bytes, Place place, hal::Protection protection) {
  std::lock_guard lock(mutex_);
  Result<std::vector<uint64_t>> range = mappings_of(address, bytes);
  if (!range) return range.error();
  for (const uint64_t each : *range) {
    Mapping& mapping = mappings_.find(each)->second;
    mapping.access[place] = protection;
    if (auto done = apply_access(each, mapping); !done) return done;
  }
  return {};
}

Result<hal::Protection> VirtualMemory::access_of(uint64_t address, Place place) const {
  std::lock_guard lock(mutex_);
  auto next = mappings_.upper_bound(address);
  if (next == mappings_.begin() || address - std::prev(next)->first >= std::prev(next)->second.bytes)
    return invalid(Code::InvalidValue, "no memory is mapped at the address");
  const auto& access = std::prev(next)->second.access;
  auto found = access.find(place);
  return found == access.end() ? hal::Protection::None : found->second;
}

}  // namespace qiao::runtime
