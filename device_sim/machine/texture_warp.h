// The texture unit for all lanes of a warp at once, for what most fetches are: lines, planes and volumes, layers of
// them, at their only level, in any format but sRGB; and elements of linear memory. It gives the bits that the general
// form gives lane by lane (texture_sampler.h), in loops over lanes which the compiler makes vectors of.
#pragma once

#include <array>
#include <cstdint>

#include "device_sim/machine/block_context.h"
#include "device_sim/machine/texture_sampler.h"

namespace qiao::machine {

// Coordinates of 32 lanes, the layer first where there are layers; of lanes that do not take part they may be anything.
struct WarpPoints {
  Geometry geometry = Geometry::Dim1;
  bool integer = false;
  std::array<const uint32_t*, 3> at{};
};

using WarpTexels = std::array<std::array<uint32_t, kWarpLanes>, 4>;  // channel by channel

// The lanes whose texels are there now; the others are left to sample_texture.
uint32_t sample_warp(const hal::Image& image, const WarpPoints& points, WarpTexels& texels);

}  // namespace qiao::machine
