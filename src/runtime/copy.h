// Copies and sets. Device memory is host memory at the same address (design D7), so a copy is memmove; what is left to
// do is to check the ranges, choose the stream's order, and keep CUDA's rules on when the call returns.
#pragma once

#include <cstdint>

#include "src/base/result.h"
#include "src/runtime/stream.h"

namespace qiao::runtime {

enum class Direction : uint8_t { HostToHost, HostToDevice, DeviceToHost, DeviceToDevice, Default };

// A pitched box: `width` bytes, `height` rows, `depth` slices; a slice is `slice_rows` rows of `pitch` bytes.
struct Box {
  uint64_t width = 0;
  uint64_t height = 1;
  uint64_t depth = 1;
};
struct Side {
  uint64_t address = 0;
  uint64_t pitch = 0;
  uint64_t slice_rows = 0;
};

// The pitch CUDA's pitched allocations give to rows of `width` bytes.
inline uint64_t pitch_of(uint64_t width) {
  constexpr uint64_t kAlignment = 512;
  return (width + kAlignment - 1) / kAlignment * kAlignment;
}

struct CopyRequest {
  Side to;
  Side from;
  Box box;
  Direction direction = Direction::Default;
};

CopyRequest linear_copy(void* to, const void* from, uint64_t bytes, Direction direction);

// InvalidValue when a side that must be device memory is not inside one allocation. `wait`: return when the copy is
// done (the synchronous calls); otherwise pageable host memory still makes the call wait, as CUDA documents.
Result<void> copy(const CopyRequest& request, Stream& stream, bool wait);

// Fills rows of `width` elements of `element_bytes` (1, 2 or 4).
struct FillRequest {
  uint64_t address = 0;
  uint64_t pitch = 0;  // bytes
  uint64_t slice_rows = 0;
  uint32_t value = 0;
  uint32_t element_bytes = 1;
  Box box;  // width in elements
};
Result<void> fill(const FillRequest& request, Stream& stream, bool wait);

// The halves of both, for graphs: the checks of a request (an empty one passes), and the work itself.
Result<void> check(const CopyRequest& request, Context& context);
Result<void> check(const FillRequest& request, Context& context);
void perform(const CopyRequest& request);
void perform(const FillRequest& request);

}  // namespace qiao::runtime
