// The texture unit at the edges of its rules; the rules themselves are tested by tests/ptx/texture.
#include "device_sim/machine/texture_sampler.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/unit/catch.h"

using namespace qiao;
using hal::AddressMode;

namespace {

// 0, 1, 2 ... in one row.
struct Row {
  explicit Row(uint32_t width) : elements(width) {
    for (uint32_t i = 0; i < width; ++i) elements[i] = static_cast<float>(i);
    image.levels.push_back({.address = reinterpret_cast<uint64_t>(elements.data()),
                            .pitch = width * sizeof(float),
                            .slice_bytes = width * sizeof(float),
                            .width = width});
  }
  float at(float x) const {
    machine::TexturePoint point;
    point.at = {std::bit_cast<uint32_t>(x), 0, 0, 0};
    machine::Texel texel{};
    CHECK(machine::sample_texture(image, image.sampler, point, texel) == nullptr);
    return std::bit_cast<float>(texel[0]);
  }
  std::vector<float> elements;
  hal::Image image;
};

}  // namespace

TEST_CASE("weights have 8 fraction bits and round to the nearest") {
  Row row(4);
  row.image.sampler.linear = true;
  CHECK(row.at(1.5f) == 1.0f);
  CHECK(row.at(2.0f) == 1.5f);
  CHECK(row.at(1.5f + 1.0f / 1024) == 1.0f);
  CHECK(row.at(1.5f + 3.0f / 1024) == 1.0f + 1.0f / 256);
  CHECK(row.at(2.5f - 1.0f / 1024) == 2.0f);  // 1.0 is one of the weights
}

TEST_CASE("coordinates that are no place, or far away, stay inside") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const AddressMode mode : {AddressMode::Wrap, AddressMode::Clamp, AddressMode::Mirror, AddressMode::Border}) {
    for (const bool linear : {false, true}) {
      Row row(5);
      row.image.sampler.address = {mode, mode, mode};
      row.image.sampler.linear = linear;
      row.image.sampler.normalized_coordinates = true;
      for (const float x : {std::nanf(""), infinity, -infinity, 3e38f, -3e38f, 1e20f, -1e-40f, 1.0f}) {
        const float got = row.at(x);
        CHECK((got >= 0 && got <= 4));
      }
    }
  }
}

TEST_CASE("mirroring turns at whole numbers, as the guide's formula does") {
  Row row(4);
  row.image.sampler.address = {AddressMode::Mirror, AddressMode::Mirror, AddressMode::Mirror};
  row.image.sampler.normalized_coordinates = true;
  CHECK(row.at(0.9f) == 3);
  CHECK(row.at(1.0f) == 3);
  CHECK(row.at(1.1f) == 3);
  CHECK(row.at(1.25f) == 3);  // 1 - frac(x) = 0.75
  CHECK(row.at(1.3f) == 2);
  CHECK(row.at(-0.1f) == 0);
  CHECK(row.at(-0.3f) == 1);
}

TEST_CASE("without filtering floats keep their bits") {
  Row row(2);
  row.elements[0] = std::bit_cast<float>(1u);
  row.elements[1] = std::bit_cast<float>(0xff812345u);  // a signalling NaN
  CHECK(std::bit_cast<uint32_t>(row.at(0.5f)) == 1);
  CHECK(std::bit_cast<uint32_t>(row.at(1.5f)) == 0xff812345u);
}

TEST_CASE("anisotropic filtering is refused") {
  Row row(2);
  row.image.sampler.anisotropy = 4;
  machine::TexturePoint point;
  point.lod_mode = machine::LodMode::Gradient;
  point.at = {};
  machine::Texel texel;
  CHECK(machine::sample_texture(row.image, row.image.sampler, point, texel) != nullptr);
}
