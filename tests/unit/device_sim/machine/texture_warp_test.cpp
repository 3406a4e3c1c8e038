// Whole warps get the texels that the general form of the texture unit gives each lane: formats, geometries, address
// modes, coordinates near and far. (tests/ptx/texture holds the general form to values from outside.)
#include "device_sim/machine/texture_warp.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "tests/unit/catch.h"

using namespace qiao;
using hal::AddressMode;
using hal::ChannelKind;
using machine::Geometry;
using machine::kWarpLanes;

namespace {

std::mt19937 random_bits(7);

float number() {
  const float edges[] = {0.0f,   -0.0f, 0.5f, 1.0f, -1.0f,    2.5f,      0.999999f, 1e-40f,
                         -3e38f, 1e20f, 5e6f, NAN,  INFINITY, -INFINITY, 7.0f,      -0.25f};
  if (random_bits() % 4 == 0) return edges[random_bits() % std::size(edges)];
  return std::uniform_real_distribution<float>(-9, 13)(random_bits);
}

// A texture of numbers that no two channels share, floats among them with infinities.
struct Texture {
  Texture(ChannelKind kind, uint32_t bytes, uint32_t channels, bool normalized) : elements(8 * 6 * 4 * 16 + 1) {
    image.kind = kind, image.channel_bytes = bytes, image.channels = channels, image.normalized_values = normalized;
    for (unsigned char& byte : elements) byte = static_cast<unsigned char>(random_bits());
    for (size_t at = 0; kind == ChannelKind::Float && at + bytes < elements.size(); at += bytes) {
      const float value = random_bits() % 20 == 0 ? INFINITY : static_cast<float>(random_bits() % 1000) / 8 - 60;
      const auto half = static_cast<uint16_t>(random_bits() % 0x7c00 | (random_bits() & 0x8000));
      std::memcpy(&elements[at], bytes == 4 ? static_cast<const void*>(&value) : &half, bytes);
    }
    const uint64_t row = 8 * image.element_bytes();
    image.levels.push_back({reinterpret_cast<uint64_t>(elements.data()), row, 6 * row, 7, 6, 4});
    image.sampler.border = {1, -2, 0.25f, 3};
  }
  std::vector<unsigned char> elements;
  hal::Image image;
};

void compare(const hal::Image& image, Geometry geometry, bool integer, bool must_be_quick) {
  std::array<std::array<uint32_t, kWarpLanes>, 3> at;
  for (size_t d = 0; d < 3; ++d) {
    const bool counts = integer || (d == 0 && is_layered(geometry));
    for (uint32_t& bits : at[d]) bits = counts ? random_bits() % 10 - 1 : std::bit_cast<uint32_t>(number());
  }
  machine::WarpTexels texels{};
  const machine::WarpPoints points{geometry, integer, {at[0].data(), at[1].data(), at[2].data()}};
  const uint32_t done = sample_warp(image, points, texels);
  if (must_be_quick) REQUIRE(done != 0);
  for (uint32_t lane = 0; lane < kWarpLanes; ++lane) {
    if ((done >> lane & 1) == 0) continue;
    machine::TexturePoint point;
    point.geometry = geometry, point.integer = integer;
    point.at = {at[0][lane], at[1][lane], at[2][lane], 0};
    machine::Texel expected{};
    REQUIRE(sample_texture(image, image.sampler, point, expected) == nullptr);
    for (size_t channel = 0; channel < 4; ++channel) {
      INFO("lane " << lane << " channel " << channel);
      const bool nan = std::isnan(std::bit_cast<float>(expected[channel]));
      if (!nan || image.kind != ChannelKind::Float) REQUIRE(texels[channel][lane] == expected[channel]);
    }
  }
}

void compare_samplers(Texture& texture, Geometry geometry) {
  constexpr AddressMode kModes[] = {AddressMode::Wrap, AddressMode::Clamp, AddressMode::Mirror, AddressMode::Border};
  for (int i = 0; i < 24; ++i) {
    hal::Sampler& sampler = texture.image.sampler;
    for (AddressMode& mode : sampler.address) mode = kModes[random_bits() % 4];
    sampler.linear = i % 2 != 0;
    sampler.normalized_coordinates = i % 3 != 0;
    INFO("geometry " << int(geometry) << (sampler.linear ? " linear" : "")
                     << (sampler.normalized_coordinates ? " normalized" : "") << " modes " << int(sampler.address[0])
                     << int(sampler.address[1]) << int(sampler.address[2]));
    compare(texture.image, geometry, false, true);
  }
}

struct Format {
  ChannelKind kind;
  uint32_t bytes;
  bool normalized;
};
constexpr Format kFormats[] = {{ChannelKind::Float, 4, false},   {ChannelKind::Float, 2, false},
                               {ChannelKind::Unsigned, 1, true}, {ChannelKind::Unsigned, 2, true},
                               {ChannelKind::Signed, 1, true},   {ChannelKind::Signed, 2, true},
                               {ChannelKind::Signed, 1, false},  {ChannelKind::Unsigned, 1, false},
                               {ChannelKind::Signed, 2, false},  {ChannelKind::Signed, 4, false}};

}  // namespace

TEST_CASE("a warp gets what its lanes get one by one") {
  for (const Format& format : kFormats) {
    for (const uint32_t channels : {1u, 2u, 4u}) {
      INFO("kind " << int(format.kind) << " of " << format.bytes << " bytes, " << channels << " channels"
                   << (format.normalized ? ", normalized" : ""));
      Texture texture(format.kind, format.bytes, channels, format.normalized);
      for (const Geometry geometry :
           {Geometry::Dim1, Geometry::Dim2, Geometry::Dim3, Geometry::Array1, Geometry::Array2}) {
        compare_samplers(texture, geometry);
      }
      texture.image.linear_memory = true;
      compare(texture.image, Geometry::Dim1, true, true);
    }
  }
}

TEST_CASE("what is not usual is left to the general form") {
  Texture texture(ChannelKind::Unsigned, 1, 4, true);
  const std::array<uint32_t, kWarpLanes> at{};
  const machine::WarpPoints points{Geometry::Dim2, false, {at.data(), at.data(), at.data()}};
  machine::WarpTexels texels;
  CHECK(sample_warp(texture.image, points, texels) == ~0u);
  texture.image.srgb = true;
  CHECK(sample_warp(texture.image, points, texels) == 0);
  texture.image.srgb = false;
  texture.image.levels.push_back(texture.image.levels[0]);
  CHECK(sample_warp(texture.image, points, texels) == 0);
}
