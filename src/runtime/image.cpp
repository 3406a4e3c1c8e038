#include "src/runtime/image.h"

#include <bit>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/memory.h"

namespace qiao::runtime {
namespace {

using hal::ChannelKind;
using hal::Image;

struct Live {
  std::mutex mutex;
  std::map<uint64_t, std::shared_ptr<const ImageObject>> objects;
};

Live& live() {
  static auto* objects = new Live;  // never destroyed: programs free from atexit handlers
  return *objects;
}

Error bad(const std::string& what) {
  return invalid(Code::InvalidValue, "a texture or surface " + what);
}

// CUarray_format: unsigned 8, 16, 32 bits are 1 to 3, signed ones 8 to 10, half 16, float 32.
Result<void> set_format(Image& image, int format, uint32_t channels) {
  const ArrayShape shape{.format = format, .channels = channels};
  if (shape.channel_bytes() == 0) return unsupported("textures and surfaces of format " + std::to_string(format));
  if (channels != 1 && channels != 2 && channels != 4) return bad("of " + std::to_string(channels) + " channels");
  image.channels = channels;
  image.channel_bytes = shape.channel_bytes();
  image.kind = format >= 16 ? ChannelKind::Float : format >= 8 ? ChannelKind::Signed : ChannelKind::Unsigned;
  return {};
}

// CUresourceViewFormat: groups of 1, 2 and 4 channels, of u8, s8, u16, s16, u32, s32, f16, f32.
Result<void> set_view_format(Image& image, int format) {
  constexpr int kFormats[] = {1, 8, 2, 9, 3, 10, 16, 32}, kChannels[] = {1, 2, 4}, kPlain = 24;
  if (format > kPlain) return unsupported("block-compressed views of arrays");
  if (format < 1) return bad("under an unknown view format");
  const uint32_t bytes = image.element_bytes();
  Result<void> done = set_format(image, kFormats[(format - 1) / 3], static_cast<uint32_t>(kChannels[(format - 1) % 3]));
  if (done && image.element_bytes() != bytes) return bad("under a view format with elements of another size");
  return done;
}

hal::ImageLevel level_of(const Array& array) {
  const ArrayShape& shape = array.shape();
  return {array.address(),
          array.pitch(),
          array.pitch() * shape.rows(),
          static_cast<uint32_t>(shape.width),
          static_cast<uint32_t>(shape.rows()),
          static_cast<uint32_t>(shape.slices())};
}

Result<Image> image_of_arrays(const std::vector<std::shared_ptr<Array>>& levels) {
  const ArrayShape& shape = levels.front()->shape();
  Image image;
  image.layered = (shape.flags & ArrayShape::kLayered) != 0;
  image.cube = (shape.flags & ArrayShape::kCube) != 0;
  const bool volume = shape.depth != 0 && !image.layered && !image.cube;
  image.dimensions = volume ? 3 : shape.height != 0 ? 2 : 1;
  if (Result<void> done = set_format(image, shape.format, shape.channels); !done) return done.error();
  for (const auto& level : levels) image.levels.push_back(level_of(*level));
  return image;
}

Result<Image> image_of_memory(const ImageSource& source, const hal::ChipDescription& chip) {
  Image image;
  if (Result<void> done = set_format(image, source.format, source.channels); !done) return done.error();
  const auto alignment = static_cast<uint64_t>(chip.limits.texture_alignment);
  if (source.address % alignment != 0) return bad("in memory that is not aligned to " + std::to_string(alignment));
  const uint64_t element = image.element_bytes();
  const bool linear = source.kind == ImageSource::Kind::Linear;
  const uint64_t width = linear ? source.bytes / element : source.width;
  const uint64_t rows = linear ? 1 : source.height, pitch = linear ? source.bytes : source.pitch;
  const uint64_t bytes = linear ? source.bytes : rows == 0 ? 0 : pitch * (rows - 1) + width * element;
  if (width == 0 || rows == 0) return bad("without elements");
  const auto& limits = chip.limits;
  if (linear && width > static_cast<uint64_t>(limits.texture_1d_linear)) return bad("beyond the chip's limits");
  if (!linear && (width > static_cast<uint64_t>(limits.texture_2d_linear[0]) ||
                  rows > static_cast<uint64_t>(limits.texture_2d_linear[1]) ||
                  pitch > static_cast<uint64_t>(limits.texture_2d_linear[2]))) {
    return bad("beyond the chip's limits");
  }
  const auto pitch_alignment = static_cast<uint64_t>(limits.texture_pitch_alignment);
  if (!linear && (pitch % pitch_alignment != 0 || pitch < width * element)) return bad("with a bad pitch");
  const std::optional<Allocation> home = MemoryMap::instance().find(source.address);
  if (!home || bytes > home->base + home->bytes - source.address) return bad("that leaves device memory");
  image.dimensions = linear ? 1 : 2;
  image.linear_memory = linear;
  image.levels.push_back(
      {source.address, pitch, pitch * rows, static_cast<uint32_t>(width), static_cast<uint32_t>(rows), 1});
  return image;
}

Result<Image> image_of(const ImageSource& source, const hal::ChipDescription& chip) {
  if (source.kind == ImageSource::Kind::Array) {
    Result<std::shared_ptr<Array>> array = find_array(source.array);
    if (!array) return array.error();
    return image_of_arrays({*array});
  }
  if (source.kind == ImageSource::Kind::Mipmapped) {
    Result<std::shared_ptr<MipmappedArray>> array = find_mipmapped_array(source.array);
    if (!array) return array.error();
    Result<Image> image = image_of_arrays((*array)->levels());
    if (image) image->mipmapped = true;
    return image;
  }
  return image_of_memory(source, chip);
}

// Levels and layers become what they are a part of (firstLayer and lastLayer: of layered arrays only).
Result<void> apply(const ImageView& view, Image& image) {
  if (image.linear_memory || image.levels.empty()) return bad("in memory has no view");
  const hal::ImageLevel& base = image.levels.front();
  const uint32_t height = image.dimensions == 1 ? 0 : base.height;
  const uint32_t last = image.layered ? view.last_layer : 0;
  if (view.width != base.width || (view.height != height && view.height != base.height) ||
      view.first_level > view.last_level || view.last_level >= image.levels.size() || view.first_layer > last ||
      last >= base.slices) {
    return bad("with a view that does not fit its array");
  }
  if (Result<void> done = set_view_format(image, view.format); !done) return done;
  image.levels.erase(image.levels.begin() + view.last_level + 1, image.levels.end());
  image.levels.erase(image.levels.begin(), image.levels.begin() + view.first_level);
  if (!image.layered) return {};
  for (hal::ImageLevel& level : image.levels) {
    level.address += view.first_layer * level.slice_bytes;
    level.slices = last - view.first_layer + 1;
  }
  return {};
}

Result<void> check_reading(const Image& image, const TextureReading& reading) {
  const hal::Sampler& sampler = reading.sampler;
  const bool integers = image.kind != ChannelKind::Float && !image.normalized_values;
  if (integers && (sampler.linear || (image.mipmapped && sampler.mipmap_linear)))
    return bad("filtered linearly, but read as integers");
  if (integers && sampler.border != std::array<float, 4>{})
    return unsupported("a border colour for textures that are read as integers");
  if (image.cube && reading.seamless && sampler.linear) return unsupported("seamless filtering of cubemaps");
  return {};
}

Result<uint64_t> publish(Context& context, const Image& image, ImageObject object) {
  object.context = context.shared_from_this();
  Result<uint64_t> handle = context.device().hal().create_image(image);
  if (!handle) return handle;
  std::lock_guard lock(live().mutex);
  live().objects[*handle] = std::make_shared<const ImageObject>(std::move(object));
  return handle;
}

}  // namespace

Result<uint64_t> create_texture(Context& context, const ImageSource& source, const TextureReading& reading,
                                const std::optional<ImageView>& view) {
  Result<Image> image = image_of(source, context.device().description());
  if (!image) return image.error();
  if (view) {
    if (source.kind == ImageSource::Kind::Linear || source.kind == ImageSource::Kind::Pitched)
      return bad("in memory cannot have a view");
    if (Result<void> done = apply(*view, *image); !done) return done.error();
  }
  image->sampler = reading.sampler;
  image->normalized_values = image->kind != ChannelKind::Float && image->channel_bytes < 4 && !reading.as_integers;
  image->srgb =
      reading.srgb && image->normalized_values && image->channel_bytes == 1 && image->kind == ChannelKind::Unsigned;
  if (Result<void> good = check_reading(*image, reading); !good) return good.error();
  return publish(context, *image, {nullptr, false, source, reading, view});
}

Result<uint64_t> create_surface(Context& context, const ImageSource& source) {
  if (source.kind != ImageSource::Kind::Array) return bad("object for a surface needs an array");
  Result<std::shared_ptr<Array>> array = find_array(source.array);
  if (!array) return array.error();
  if (((*array)->shape().flags & ArrayShape::kSurface) == 0)
    return bad("object for a surface needs an array made for loads and stores");
  Result<Image> image = image_of(source, context.device().description());
  if (!image) return image.error();
  image->surface = true;
  return publish(context, *image, {nullptr, true, source, {}, std::nullopt});
}

Result<std::shared_ptr<const ImageObject>> find_image(uint64_t handle, bool surface) {
  std::lock_guard lock(live().mutex);
  const auto found = live().objects.find(handle);
  if (found == live().objects.end() || found->second->surface != surface)
    return invalid(Code::InvalidValue, surface ? "not a live surface object" : "not a live texture object");
  return found->second;
}

Result<void> destroy_image(uint64_t handle, bool surface) {
  Result<std::shared_ptr<const ImageObject>> object = find_image(handle, surface);
  if (!object) return object.error();
  Context& context = *(*object)->context;
  if (!context.destroyed()) context.synchronize();
  context.device().hal().destroy_image(handle);
  std::lock_guard lock(live().mutex);
  live().objects.erase(handle);
  return {};
}

}  // namespace qiao::runtime
