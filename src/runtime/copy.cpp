#include "src/runtime/copy.h"

#include <algorithm>
#include <cstring>

#include "src/perf/host_activity.h"
#include "src/runtime/capture.h"
#include "src/runtime/context.h"
#include "src/runtime/memory_map.h"
#include "src/runtime/modelled_clock.h"
#include "src/runtime/platform.h"

namespace qiao::runtime {
namespace {

uint64_t extent(const Side& side, const Box& box) {
  if (box.width == 0 || box.height == 0 || box.depth == 0) return 0;
  return ((box.depth - 1) * side.slice_rows + (box.height - 1)) * side.pitch + box.width;
}

enum class Place : uint8_t { Pageable, Pinned, Device };

// A variable of a module, on the stream's device or on another.
Result<hal::GlobalVariable> variable_at(uint64_t address, const Device& device) {
  if (Result<hal::GlobalVariable> own = device.hal().allocation_of(address)) return own;
  Result<Platform*> platform = Platform::get();
  if (!platform) return platform.error();
  for (int i = 0; i < (*platform)->device_count(); ++i) {
    Result<Device*> other = (*platform)->device(i);
    if (!other) return other.error();
    if (Result<hal::GlobalVariable> found = (*other)->hal().allocation_of(address)) return found;
  }
  return invalid(Code::InvalidValue, "copy or set of device memory which is not allocated, or not to be written");
}

// Where `side` lies; InvalidValue when it starts inside an allocation and runs over its end, or at an address of
// device memory where nothing is (it was freed).
Result<Place> place_of(const Side& side, const Box& box, const Device& device, bool writing) {
  uint64_t bytes = MemoryMap::instance().bytes_from(side.address, writing);
  bool host = false;
  if (bytes != 0) {
    std::optional<Allocation> allocation = MemoryMap::instance().find(side.address);
    host = allocation && allocation->is_host();
  } else if (device.hal().is_device_address(side.address)) {
    Result<hal::GlobalVariable> variable = variable_at(side.address, device);
    if (!variable) return variable.error();
    bytes = variable->address + variable->bytes - side.address;
  } else {
    return Place::Pageable;
  }
  if (extent(side, box) > bytes) {
    return invalid(Code::InvalidValue, "copy or set of " + std::to_string(extent(side, box)) +
                                           " bytes runs over the end of an allocation with " + std::to_string(bytes) +
                                           " bytes left");
  }
  return host ? Place::Pinned : Place::Device;
}

bool wants_device(Direction direction, bool destination) {
  if (direction == Direction::DeviceToDevice) return true;
  return direction == (destination ? Direction::HostToDevice : Direction::DeviceToHost);
}

void fill_row(void* row, uint64_t count, uint32_t value, uint32_t element_bytes) {
  switch (element_bytes) {
    case 1:
      std::memset(row, static_cast<int>(value & 0xff), count);
      return;
    case 2:
      std::fill_n(static_cast<uint16_t*>(row), count, static_cast<uint16_t>(value));
      return;
    default:
      std::fill_n(static_cast<uint32_t*>(row), count, value);
      return;
  }
}

}  // namespace

CopyRequest linear_copy(void* to, const void* from, uint64_t bytes, Direction direction) {
  return {.to = {reinterpret_cast<uint64_t>(to), bytes, 1},
          .from = {reinterpret_cast<uint64_t>(from), bytes, 1},
          .box = {bytes, 1, 1},
          .direction = direction};
}

namespace {

// Whether the copy touches pageable host memory, once it is found in order.
Result<bool> touches_pageable(const CopyRequest& request, Context& context) {
  if (request.to.address == 0 || request.from.address == 0) {
    return invalid(Code::InvalidValue, "copy from or to a null pointer");
  }
  Result<Place> to = place_of(request.to, request.box, context.device(), true);
  if (!to) return to.error();
  Result<Place> from = place_of(request.from, request.box, context.device(), false);
  if (!from) return from.error();
  if ((wants_device(request.direction, true) && *to == Place::Pageable) ||
      (wants_device(request.direction, false) && *from == Place::Pageable)) {
    return invalid(Code::InvalidValue, "copy names a host pointer as device memory");
  }
  return *to == Place::Pageable || *from == Place::Pageable;
}

bool is_empty(const CopyRequest& request) {
  return extent(request.to, request.box) == 0;
}

bool is_empty(const FillRequest& request) {
  return request.box.width == 0 || request.box.height == 0 || request.box.depth == 0;
}

}  // namespace

Result<void> check(const CopyRequest& request, Context& context) {
  if (is_empty(request)) return {};
  if (Result<bool> checked = touches_pageable(request, context); !checked) return checked.error();
  return {};
}

Result<void> check(const FillRequest& request, Context& context) {
  if (is_empty(request)) return {};
  Box bytes = request.box;
  bytes.width *= request.element_bytes;
  Side side{request.address, request.pitch, request.slice_rows};
  if ((request.address | (bytes.height > 1 ? request.pitch : 0)) % request.element_bytes != 0) {
    return invalid(Code::InvalidValue, "memset address or pitch is not a multiple of the element size");
  }
  Result<Place> place = place_of(side, bytes, context.device(), true);
  if (!place) return place.error();
  if (*place == Place::Pageable) return invalid(Code::InvalidValue, "memset of memory that is not the device's");
  return {};
}

namespace {

bool is_host(const Side& side) {
  const std::optional<Allocation> allocation = MemoryMap::instance().find(side.address);
  if (allocation) return allocation->is_host();
  Result<Platform*> platform = Platform::get();
  Result<Device*> device = platform ? (*platform)->device(0) : Result<Device*>(platform.error());
  return !device || !(*device)->hal().is_device_address(side.address);  // not a module's variable
}

perf::CopyKind kind_of(const CopyRequest& request) {
  using perf::CopyKind;
  if (is_host(request.to)) return is_host(request.from) ? CopyKind::HostToHost : CopyKind::DeviceToHost;
  return is_host(request.from) ? CopyKind::HostToDevice : CopyKind::DeviceToDevice;
}

bool is_told() {
  return perf::host_recorded || modelled_events();
}

// Work of a request, told to `qiao prof` and to the modelled clock of events.
template <class Work>
void recorded(perf::CopyKind kind, const Box& box, uint64_t element_bytes, Work&& work) {
  const uint64_t start = perf::host_ns();
  work();
  const uint64_t bytes = box.width * box.height * box.depth * element_bytes;
  if (perf::host_recorded) perf::record_copy(kind, bytes, start);
  if (modelled_events()) advance_modelled(kind, bytes);
}

void move_rows(const CopyRequest& request) {
  const Box& box = request.box;
  for (uint64_t z = 0; z < box.depth; ++z) {
    for (uint64_t y = 0; y < box.height; ++y) {
      uint64_t to = request.to.address + (z * request.to.slice_rows + y) * request.to.pitch;
      uint64_t from = request.from.address + (z * request.from.slice_rows + y) * request.from.pitch;
      std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), box.width);
    }
  }
}

void fill_rows(const FillRequest& request) {
  for (uint64_t z = 0; z < request.box.depth; ++z) {
    for (uint64_t y = 0; y < request.box.height; ++y) {
      uint64_t row = request.address + (z * request.slice_rows + y) * request.pitch;
      fill_row(reinterpret_cast<void*>(row), request.box.width, request.value, request.element_bytes);
    }
  }
}

}  // namespace

void perform(const CopyRequest& request) {
  if (!is_told()) return move_rows(request);
  recorded(kind_of(request), request.box, 1, [&] { move_rows(request); });
}

void perform(const FillRequest& request) {
  if (!is_told()) return fill_rows(request);
  recorded(perf::CopyKind::Fill, request.box, request.element_bytes, [&] { fill_rows(request); });
}

Result<void> copy(const CopyRequest& request, Stream& stream, bool wait) {
  Context& context = stream.context();
  if (context.sticky_error() != Code::Success) return Error{context.sticky_error(), "an earlier launch failed"};
  if (wait) {
    if (Result<void> allowed = check_unsafe_call(stream); !allowed) return allowed;
  }
  if (is_empty(request)) return {};
  Result<bool> pageable = touches_pageable(request, context);
  if (!pageable) return pageable.error();
  if (stream.capturing()) return capture_work(stream, CopyWork{request});
  if (wait || *pageable) {
    stream.run_now([&request]() -> Result<void> { return perform(request), Result<void>(); });
  } else {
    stream.enqueue([request]() -> Result<void> { return perform(request), Result<void>(); });
  }
  if (wait && context.sticky_error() != Code::Success) return Error{context.sticky_error(), "an earlier launch failed"};
  return {};
}

Result<void> fill(const FillRequest& request, Stream& stream, bool wait) {
  Context& context = stream.context();
  if (context.sticky_error() != Code::Success) return Error{context.sticky_error(), "an earlier launch failed"};
  if (wait) {
    if (Result<void> allowed = check_unsafe_call(stream); !allowed) return allowed;
  }
  if (is_empty(request)) return {};
  if (Result<void> checked = check(request, context); !checked) return checked;
  if (stream.capturing()) return capture_work(stream, FillWork{request});
  Stream::Work work = [request]() -> Result<void> { return perform(request), Result<void>(); };
  if (wait) {
    stream.run_now(std::move(work));
  } else {
    stream.enqueue(std::move(work));
  }
  return {};
}

}  // namespace qiao::runtime
