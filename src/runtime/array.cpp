#include "src/runtime/array.h"

#include <algorithm>
#include <string>

#include "src/runtime/device.h"
#include "src/runtime/memory.h"

namespace qiao::runtime {
namespace {

constexpr uint64_t kPitch = 32;
constexpr uint32_t kKnownFlags = ArrayShape::kLayered | ArrayShape::kSurface | ArrayShape::kCube | ArrayShape::kGather |
                                 0x10 /* depth texture */ | 0x20 /* colour attachment */;

Registry<Array>& arrays() {
  static auto* live = new Registry<Array>;  // never destroyed: programs free from atexit handlers
  return *live;
}
Registry<MipmappedArray>& mipmapped_arrays() {
  static auto* live = new Registry<MipmappedArray>;
  return *live;
}

Result<void> check_shape(const ArrayShape& shape, const hal::ChipDescription& chip) {
  if (shape.channel_bytes() == 0) return unsupported("CUDA arrays of format " + std::to_string(shape.format));
  if ((shape.flags & ~kKnownFlags) != 0) return unsupported("array flags " + std::to_string(shape.flags));
  auto bad = [&](const char* what) {
    return invalid(Code::InvalidValue, "an array of " + std::to_string(shape.width) + " x " +
                                           std::to_string(shape.height) + " x " + std::to_string(shape.depth) + ": " +
                                           what);
  };
  const bool layered = (shape.flags & ArrayShape::kLayered) != 0, cube = (shape.flags & ArrayShape::kCube) != 0;
  if (shape.channels != 1 && shape.channels != 2 && shape.channels != 4) return bad("1, 2 or 4 channels are possible");
  if (shape.width == 0) return bad("no width");
  if (shape.depth != 0 && shape.height == 0 && !layered) return bad("a depth but no height");
  if (layered && shape.depth == 0) return bad("layered, but without layers");
  if (cube &&
      (shape.width != shape.height || shape.depth == 0 || shape.depth % 6 != 0 || (!layered && shape.depth != 6)))
    return bad("a cube has six square faces");
  auto within = [](uint64_t extent, int most) { return extent <= static_cast<uint64_t>(most); };
  const auto& limits = chip.limits;
  const bool fits = shape.height == 0 ? within(shape.width, limits.texture_1d)
                    : shape.depth == 0 || layered || cube
                        ? within(shape.width, limits.texture_2d[0]) && within(shape.height, limits.texture_2d[1])
                        : within(shape.width, limits.texture_3d[0]) && within(shape.height, limits.texture_3d[1]) &&
                              within(shape.depth, limits.texture_3d[2]);
  if (!fits) return bad("beyond the chip's limits");
  return {};
}

Result<std::shared_ptr<Array>> make_array(Context& context, const ArrayShape& shape, bool level) {
  if (Result<void> good = check_shape(shape, context.device().description()); !good) return good.error();
  const uint64_t pitch = (shape.width * shape.element_bytes() + kPitch - 1) / kPitch * kPitch;
  Result<uint64_t> address = allocate_memory(context, pitch * shape.rows() * shape.slices(), MemoryKind::Array);
  if (!address) return address.error();
  return std::make_shared<Array>(shape, *address, pitch, level);
}

}  // namespace

// CUarray_format: unsigned 8, 16, 32 bits are 1 to 3, signed ones 8 to 10, half 16, float 32.
uint32_t ArrayShape::channel_bytes() const {
  switch (format) {
    case 1:
    case 8:
      return 1;
    case 2:
    case 9:
    case 16:
      return 2;
    case 3:
    case 10:
    case 32:
      return 4;
    default:
      return 0;
  }
}

Result<Side> Array::side(uint64_t x, uint64_t y, uint64_t z, const Box& box) const {
  const uint64_t row_bytes = shape_.width * shape_.element_bytes();
  auto leaves = [](uint64_t start, uint64_t size, uint64_t all) { return start > all || size > all - start; };
  if (leaves(x, box.width, row_bytes) || leaves(y, box.height, shape_.rows()) || leaves(z, box.depth, shape_.slices()))
    return invalid(Code::InvalidValue, "a copy leaves its CUDA array");
  if ((x | box.width) % shape_.element_bytes() != 0)
    return invalid(Code::InvalidValue, "a copy begins or ends inside an element of its CUDA array");
  return Side{address_ + (z * shape_.rows() + y) * pitch_ + x, pitch_, shape_.rows()};
}

Result<Array*> create_array(Context& context, const ArrayShape& shape) {
  Result<std::shared_ptr<Array>> made = make_array(context, shape, false);
  if (!made) return made.error();
  return arrays().add(*std::move(made));
}

Result<std::shared_ptr<Array>> find_array(const void* handle) {
  std::shared_ptr<Array> array = arrays().find(handle);
  if (!array) return invalid(Code::InvalidHandle, "array handle is not live");
  std::optional<Allocation> storage = MemoryMap::instance().find(array->address());
  if (!storage || storage->kind != MemoryKind::Array) {
    arrays().remove(handle);
    return invalid(Code::ContextIsDestroyed, "the array's context is destroyed");
  }
  return array;
}

Result<void> destroy_array(const void* handle) {
  Result<std::shared_ptr<Array>> array = find_array(handle);
  if (!array) return array.error();
  if ((*array)->is_level()) return invalid(Code::InvalidValue, "a level ends with its mipmapped array");
  arrays().remove(handle);
  return free_memory((*array)->address(), {MemoryKind::Array});
}

Result<MipmappedArray*> create_mipmapped_array(Context& context, const ArrayShape& shape, uint32_t count) {
  uint32_t most = 1;
  const bool slices = (shape.flags & (ArrayShape::kLayered | ArrayShape::kCube)) == 0;
  for (uint64_t size = std::max({shape.width, shape.height, slices ? shape.depth : 0}); size > 1; size /= 2) ++most;
  std::vector<std::shared_ptr<Array>> levels;
  ArrayShape level = shape;
  // More levels than there can be are those there can be.
  for (uint32_t i = 0; i < std::clamp<uint32_t>(count, 1, most); ++i) {
    Result<std::shared_ptr<Array>> made = make_array(context, level, true);
    if (!made) {
      for (const auto& array : levels) (void)free_memory(array->address(), {MemoryKind::Array});
      return made.error();
    }
    levels.push_back(*std::move(made));
    auto halve = [](uint64_t& extent) { extent = extent == 0 ? 0 : std::max<uint64_t>(extent / 2, 1); };
    halve(level.width);
    halve(level.height);
    if (slices) halve(level.depth);
  }
  for (const auto& array : levels) arrays().add(array);
  return mipmapped_arrays().add(std::make_shared<MipmappedArray>(std::move(levels)));
}

Result<std::shared_ptr<MipmappedArray>> find_mipmapped_array(const void* handle) {
  std::shared_ptr<MipmappedArray> array = mipmapped_arrays().find(handle);
  if (!array) return invalid(Code::InvalidHandle, "mipmapped array handle is not live");
  return array;
}

Result<void> destroy_mipmapped_array(const void* handle) {
  std::shared_ptr<MipmappedArray> array = mipmapped_arrays().remove(handle);
  if (!array) return invalid(Code::InvalidHandle, "mipmapped array handle is not live");
  for (const auto& level : array->levels()) {
    arrays().remove(level.get());
    if (Result<void> done = free_memory(level->address(), {MemoryKind::Array}); !done) return done;
  }
  return {};
}

Result<std::vector<CopyRequest>> linear_array_copies(const Array& array, uint64_t x, uint64_t y, uint64_t linear,
                                                     uint64_t bytes, bool to_array, Direction direction) {
  std::vector<CopyRequest> copies;
  const uint64_t row = array.shape().width * array.shape().element_bytes();
  while (bytes != 0) {
    // What is left of a row, then whole rows, then the beginning of one.
    const bool whole = x == 0 && bytes >= row;
    const Box box = whole ? Box{row, bytes / row, 1} : Box{std::min(bytes, row - std::min(x, row)), 1, 1};
    if (box.width == 0) return invalid(Code::InvalidValue, "a copy leaves its CUDA array");
    Result<Side> side = array.side(x, y, 0, box);
    if (!side) return side.error();
    const Side flat{linear, box.width, box.height};
    copies.push_back({to_array ? *side : flat, to_array ? flat : *side, box, direction});
    linear += box.width * box.height;
    bytes -= box.width * box.height;
    x = 0;
    y += box.height;
  }
  return copies;
}

}  // namespace qiao::runtime
