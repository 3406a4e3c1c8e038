// Textures and surfaces as a chip sees them: where the elements lie and what they are, and how a texture is read. The
// runtime fills these in from CUDA's descriptors; Device::create_image makes the handle that kernels hold.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace qiao::hal {

enum class ChannelKind : uint8_t { Unsigned, Signed, Float };
enum class AddressMode : uint8_t { Wrap, Clamp, Mirror, Border };  // in the order of CUaddress_mode

// One mipmap level: rows `pitch` bytes apart, slices (of a volume, layers or faces) `slice_bytes` apart.
struct ImageLevel {
  uint64_t address = 0;
  uint64_t pitch = 0;
  uint64_t slice_bytes = 0;
  uint32_t width = 1;
  uint32_t height = 1;
  uint32_t slices = 1;
};

struct Sampler {
  std::array<AddressMode, 3> address = {AddressMode::Clamp, AddressMode::Clamp, AddressMode::Clamp};
  bool linear = false;
  bool mipmap_linear = false;
  bool normalized_coordinates = false;
  float level_bias = 0;
  float least_level = 0;
  float most_level = 0;
  uint32_t anisotropy = 0;
  std::array<float, 4> border{};
};

struct Image {
  std::vector<ImageLevel> levels;
  uint32_t channels = 1;
  uint32_t channel_bytes = 4;
  ChannelKind kind = ChannelKind::Float;
  uint8_t dimensions = 1;
  bool layered = false;
  bool cube = false;
  bool mipmapped = false;
  bool linear_memory = false;  // one row, fetched by integer coordinates: elements beyond it are zero
  bool surface = false;
  bool normalized_values = false;  // 8- and 16-bit integers are read as [0, 1] or [-1, 1]
  bool srgb = false;
  Sampler sampler;

  uint32_t element_bytes() const { return channels * channel_bytes; }
};

}  // namespace qiao::hal
