// Texture and surface objects: what a program described, and the handle that kernels know it by. Texture and surface
// references are bound to such objects as well (texture_reference.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "src/base/result.h"
#include "src/hal/image.h"
#include "src/runtime/array.h"

namespace qiao::runtime {

class Context;

// Where the elements are (CUDA_RESOURCE_DESC).
struct ImageSource {
  enum class Kind : uint8_t { Array, Mipmapped, Linear, Pitched };

  Kind kind = Kind::Array;
  const void* array = nullptr;  // handle
  uint64_t address = 0;         // of memory
  int format = 0;               // CUarray_format
  uint32_t channels = 0;
  uint64_t bytes = 0;
  uint64_t width = 0;
  uint64_t height = 0;
  uint64_t pitch = 0;
};

// How they are read (CUDA_TEXTURE_DESC).
struct TextureReading {
  hal::Sampler sampler;
  bool as_integers = false;  // 8- and 16-bit integers stay what they are
  bool srgb = false;
  bool plain_trilinear = false;  // asked for, and what happens anyway
  bool seamless = false;
};

// A part of an array under another format (CUDA_RESOURCE_VIEW_DESC).
struct ImageView {
  int format = 0;  // CUresourceViewFormat
  uint64_t width = 0;
  uint64_t height = 0;
  uint64_t depth = 0;
  uint32_t first_level = 0;
  uint32_t last_level = 0;
  uint32_t first_layer = 0;
  uint32_t last_layer = 0;
};

struct ImageObject {
  std::shared_ptr<Context> context;
  bool surface = false;
  ImageSource source;
  TextureReading reading;
  std::optional<ImageView> view;
};

Result<uint64_t> create_texture(Context& context, const ImageSource& source, const TextureReading& reading,
                                const std::optional<ImageView>& view);
Result<uint64_t> create_surface(Context& context, const ImageSource& source);
// InvalidValue when the handle is not one of that kind.
Result<std::shared_ptr<const ImageObject>> find_image(uint64_t handle, bool surface);
// Waits for the kernels that may be reading it.
Result<void> destroy_image(uint64_t handle, bool surface);

}  // namespace qiao::runtime
