#include "shim/common/pools.h"

#include <cstring>

namespace qiao::shim {
namespace {

using Attribute = runtime::Pool::Attribute;

// The first three attributes are ints, the others 64-bit numbers.
bool is_flag(int attribute) {
  return attribute <= static_cast<int>(Attribute::AllowInternalDependencies);
}

}  // namespace

Result<void> get_pool_attribute(const void* handle, int attribute, void* value) {
  if (value == nullptr) return invalid(Code::InvalidValue, "no place for the attribute's value");
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(handle);
  if (!pool) return pool.error();
  Result<uint64_t> found = (*pool)->get(static_cast<Attribute>(attribute));
  if (!found) return found.error();
  if (is_flag(attribute)) {
    *static_cast<int*>(value) = static_cast<int>(*found);
  } else {
    *static_cast<uint64_t*>(value) = *found;
  }
  return {};
}

Result<void> set_pool_attribute(const void* handle, int attribute, const void* value) {
  if (value == nullptr) return invalid(Code::InvalidValue, "no value for the attribute");
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(handle);
  if (!pool) return pool.error();
  const uint64_t given = is_flag(attribute) ? static_cast<uint64_t>(*static_cast<const int*>(value))
                                            : *static_cast<const uint64_t*>(value);
  return (*pool)->set(static_cast<Attribute>(attribute), given);
}

Result<void> trim_pool(const void* handle, size_t keep) {
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(handle);
  if (!pool) return pool.error();
  (*pool)->trim(keep);
  return {};
}

namespace {

Result<void> check_descriptor(int handle_type, uint64_t flags) {
  if (flags != 0) return invalid(Code::InvalidValue, "sharing a memory pool takes no flags");
  if (handle_type == 1) return {};
  return unsupported("memory pools shared but by file descriptors");
}

}  // namespace

Result<void> export_pool(void* handle, const void* pool_handle, int handle_type, uint64_t flags) {
  if (handle == nullptr) return invalid(Code::InvalidValue, "no place for a memory pool's shareable handle");
  if (Result<void> good = check_descriptor(handle_type, flags); !good) return good;
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(pool_handle);
  if (!pool) return pool.error();
  Result<int> descriptor = runtime::export_pool(**pool);
  if (!descriptor) return descriptor.error();
  *static_cast<int*>(handle) = *descriptor;
  return {};
}

// A file descriptor travels in the pointer itself.
Result<void*> import_pool(runtime::Context& context, void* handle, int handle_type, uint64_t flags) {
  if (Result<void> good = check_descriptor(handle_type, flags); !good) return good.error();
  const auto descriptor = static_cast<int>(reinterpret_cast<intptr_t>(handle));
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::import_pool(context, descriptor);
  if (!pool) return pool.error();
  return static_cast<void*>(pool->get());
}

Result<void> export_pool_pointer(void* data, uint64_t address) {
  Result<runtime::IpcHandle> handle = runtime::pool_memory_handle(address);
  if (!handle) return handle.error();
  std::memcpy(data, handle->data(), handle->size());
  return {};
}

Result<uint64_t> import_pool_pointer(runtime::Context& context, const void* pool_handle, const void* data) {
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(pool_handle);
  if (!pool) return pool.error();
  runtime::IpcHandle handle;
  std::memcpy(handle.data(), data, handle.size());
  return runtime::open_pool_memory(context, **pool, handle);
}

Result<uint64_t> allocate_in_order(runtime::Context& context, const void* handle, DefaultStream kind,
                                   const void* pool_handle, size_t bytes) {
  Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, kind);
  if (!stream) return stream.error();
  if (bytes == 0) return invalid(Code::InvalidValue, "allocation of zero bytes");
  if (pool_handle == nullptr) {
    std::shared_ptr<runtime::Pool> pool = runtime::Pools::instance().current_of((*stream)->context().device());
    return runtime::allocate_from_pool(**stream, *pool, bytes);
  }
  Result<std::shared_ptr<runtime::Pool>> pool = runtime::Pools::instance().find(pool_handle);
  if (!pool) return pool.error();
  return runtime::allocate_from_pool(**stream, **pool, bytes);
}

Result<void> free_in_order(runtime::Context& context, const void* handle, DefaultStream kind, uint64_t address) {
  Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, kind);
  if (!stream) return stream.error();
  return runtime::free_in_order(**stream, address);
}

}  // namespace qiao::shim
