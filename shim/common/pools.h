// Memory pools as both libraries see them; the structs of the two differ in names alone.
#pragma once

#include "shim/common/answer.h"
#include "src/runtime/device.h"
#include "src/runtime/ipc.h"
#include "src/runtime/platform.h"
#include "src/runtime/pools.h"

namespace qiao::shim {

// The device of a location; other places have no pools here. The types are numbered alike in both libraries.
template <class Location>
Result<runtime::Device*> device_at(const Location& location) {
  constexpr int kDevice = 1;
  if (static_cast<int>(location.type) != kDevice) {
    return unsupported("memory pools at location type " + std::to_string(static_cast<int>(location.type)));
  }
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  return (*platform)->device(location.id);
}

template <class Props>
Result<void*> create_pool(const Props& props) {
  constexpr int kPinned = 1;
  if (static_cast<int>(props.allocType) != kPinned) {
    if (static_cast<int>(props.allocType) == 2) return unsupported("memory pools of managed memory");
    return invalid(Code::InvalidValue, "a memory pool's allocations are pinned");
  }
  constexpr int kNone = 0, kDescriptor = 1;
  const int types = static_cast<int>(props.handleTypes);
  if (types != kNone && types != kDescriptor) return unsupported("memory pools exported but by file descriptors");
  Result<runtime::Device*> device = device_at(props.location);
  if (!device) return device.error();
  const runtime::Pool::Name name = types == kNone ? runtime::Pool::Name{} : runtime::new_pool_name();
  return static_cast<void*>(runtime::Pools::instance().create(**device, props.maxSize, name).get());
}

Result<void> get_pool_attribute(const void* pool, int attribute, void* value);
Result<void> set_pool_attribute(const void* pool, int attribute, const void* value);
Result<void> trim_pool(const void* pool, size_t keep);

// Pools of other processes, by file descriptors; `data`: the 64 bytes of an exported pointer.
Result<void> export_pool(void* handle, const void* pool, int handle_type, uint64_t flags);
Result<void*> import_pool(runtime::Context& context, void* handle, int handle_type, uint64_t flags);
Result<void> export_pool_pointer(void* data, uint64_t address);
Result<uint64_t> import_pool_pointer(runtime::Context& context, const void* pool, const void* data);

template <class Desc>
Result<void> set_pool_access(const void* handle, const Desc* list, size_t count) {
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(handle);
  if (!pool) return pool.error();
  if (list == nullptr && count != 0) return invalid(Code::InvalidValue, "no list of accesses");
  for (size_t i = 0; i < count; ++i) {
    Result<runtime::Device*> device = device_at(list[i].location);
    if (!device) return device.error();
    Result<void> set = (*pool)->set_access(**device, static_cast<runtime::Pool::Access>(list[i].flags));
    if (!set) return set;
  }
  return {};
}

template <class Flags, class Location>
Result<void> get_pool_access(Flags* flags, const void* handle, const Location* location) {
  if (flags == nullptr || location == nullptr) return invalid(Code::InvalidValue, "a null pointer for the access");
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(handle);
  if (!pool) return pool.error();
  Result<runtime::Device*> device = device_at(*location);
  if (!device) return device.error();
  *flags = static_cast<Flags>((*pool)->access_of(**device));
  return {};
}

// From `pool`, or the current pool of the stream's device when it is null.
Result<uint64_t> allocate_in_order(runtime::Context& context, const void* stream, DefaultStream kind, const void* pool,
                                   size_t bytes);
Result<void> free_in_order(runtime::Context& context, const void* stream, DefaultStream kind, uint64_t address);

}  // namespace qiao::shim
