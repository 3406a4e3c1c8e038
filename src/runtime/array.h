// CUDA arrays: device memory with an element format and up to three dimensions, reached only through copies, textures
// and surfaces. Here their elements lie row by row, rows at a pitch, layers and slices one after another.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "src/base/result.h"
#include "src/runtime/copy.h"
#include "src/runtime/registry.h"

namespace qiao::runtime {

// As the driver API says it: extents of 0 mean that the array has no such dimension; the depth of a layered array is
// its number of layers.
struct ArrayShape {
  static constexpr uint32_t kLayered = 1, kSurface = 2, kCube = 4, kGather = 8;

  uint64_t width = 0;
  uint64_t height = 0;
  uint64_t depth = 0;
  int format = 0;  // CUarray_format
  uint32_t channels = 0;
  uint32_t flags = 0;

  uint32_t channel_bytes() const;  // 0: not a format Qiao knows
  uint32_t element_bytes() const { return channel_bytes() * channels; }
  uint64_t rows() const { return height == 0 ? 1 : height; }
  uint64_t slices() const { return depth == 0 ? 1 : depth; }
};

class Array {
 public:
  Array(const ArrayShape& shape, uint64_t address, uint64_t pitch, bool level)
      : shape_(shape), address_(address), pitch_(pitch), level_(level) {}

  const ArrayShape& shape() const { return shape_; }
  uint64_t address() const { return address_; }
  uint64_t pitch() const { return pitch_; }
  bool is_level() const { return level_; }  // of a mipmapped array, which it ends with

  // A side of a copy that begins at byte `x` of row `y` of slice `z`; InvalidValue when the box leaves the array.
  Result<Side> side(uint64_t x, uint64_t y, uint64_t z, const Box& box) const;

 private:
  const ArrayShape shape_;
  const uint64_t address_;
  const uint64_t pitch_;
  const bool level_;
};

class MipmappedArray {
 public:
  explicit MipmappedArray(std::vector<std::shared_ptr<Array>> levels) : levels_(std::move(levels)) {}
  const std::vector<std::shared_ptr<Array>>& levels() const { return levels_; }

 private:
  const std::vector<std::shared_ptr<Array>> levels_;
};

Result<Array*> create_array(Context& context, const ArrayShape& shape);
// InvalidHandle when the handle is not live (or its context has ended).
Result<std::shared_ptr<Array>> find_array(const void* handle);
Result<void> destroy_array(const void* handle);

Result<MipmappedArray*> create_mipmapped_array(Context& context, const ArrayShape& shape, uint32_t levels);
Result<std::shared_ptr<MipmappedArray>> find_mipmapped_array(const void* handle);
Result<void> destroy_mipmapped_array(const void* handle);

// The copies which together move `bytes` between linear memory and the array's elements from byte `x` of row `y` on,
// going on in the next row at a row's end (cudaMemcpyToArray).
Result<std::vector<CopyRequest>> linear_array_copies(const Array& array, uint64_t x, uint64_t y, uint64_t linear,
                                                     uint64_t bytes, bool to_array, Direction direction);

}  // namespace qiao::runtime
