// Handles of textures and surfaces: numbers that are never used for two images.
#include "device_sim/machine/image_table.h"

#include "tests/unit/catch.h"

using qiao::hal::Image;
using qiao::machine::ImageTable;

namespace {

Image image_of(uint32_t width) {
  Image image;
  image.levels.push_back({.width = width});
  return image;
}

}  // namespace

TEST_CASE("an image is found by its handle until it is removed") {
  ImageTable& table = ImageTable::instance();
  const uint64_t handle = *table.add(image_of(7));
  CHECK(handle != 0);
  CHECK(handle < ImageTable::kHandles);
  REQUIRE(table.find(handle) != nullptr);
  CHECK(table.find(handle)->levels[0].width == 7);
  table.remove(handle);
  CHECK(table.find(handle) == nullptr);
  table.remove(handle);
}

TEST_CASE("a place that is used again has another handle") {
  ImageTable& table = ImageTable::instance();
  const uint64_t first = *table.add(image_of(1));
  table.remove(first);
  for (int i = 0; i < 5000; ++i) {
    const uint64_t next = *table.add(image_of(2));
    CHECK(next != first);
    CHECK(table.find(first) == nullptr);
    if (i < 4000) table.remove(next);
  }
}

TEST_CASE("wild handles find nothing") {
  const ImageTable& table = ImageTable::instance();
  for (const uint64_t wild : {uint64_t{0}, uint64_t{0xfffff}, uint64_t{0xffffffff}, uint64_t{1} << 32, ~uint64_t{0}})
    CHECK(table.find(wild) == nullptr);
}
