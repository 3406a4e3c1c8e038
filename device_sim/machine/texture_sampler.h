// What a texture unit computes: texels at coordinates, filtered, in the format of the result. Written once for all
// executors. The rules are those of the CUDA C++ Programming Guide, appendix "Texture Fetching": coordinates are exact,
// weights of linear filtering have 8 fraction bits ("1.8", so that 1.0 is among them), and what the guide leaves open
// (the precision of sums) is rounded once.
#pragma once

#include <array>
#include <cstdint>

#include "src/hal/image.h"

namespace qiao::machine {

enum class Geometry : uint8_t { Dim1, Dim2, Dim3, Array1, Array2, Cube, CubeArray };
enum class LodMode : uint8_t { Base, Level, Gradient };

// How many coordinates follow a layer's number, if there is one.
constexpr unsigned dimensions_of(Geometry geometry) {
  constexpr unsigned kDimensions[] = {1, 2, 3, 1, 2, 3, 3};
  return kDimensions[static_cast<unsigned>(geometry)];
}
constexpr bool is_layered(Geometry geometry) {
  return geometry == Geometry::Array1 || geometry == Geometry::Array2 || geometry == Geometry::CubeArray;
}
constexpr bool is_cube(Geometry geometry) {
  return geometry == Geometry::Cube || geometry == Geometry::CubeArray;
}

struct TexturePoint {
  Geometry geometry = Geometry::Dim1;
  LodMode lod_mode = LodMode::Base;
  bool integer = false;        // coordinates and level are signed integers, else floats; their bits either way
  bool gather = false;         // the four texels around the point, one component of each
  uint8_t component = 0;       // of them
  std::array<uint32_t, 4> at;  // the layer first where there are layers
  uint32_t lod = 0;
  std::array<float, 3> dx{}, dy{};
  std::array<int32_t, 3> offset{};
};

using Texel = std::array<uint32_t, 4>;  // bits of floats, or integers extended to 32 bits

// Null, or why the chip cannot do this.
const char* sample_texture(const hal::Image& image, const hal::Sampler& sampler, const TexturePoint& point,
                           Texel& texel);

}  // namespace qiao::machine
