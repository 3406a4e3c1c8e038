// CUDA arrays: their shapes, the sides of copies, and linear copies that go over row ends.
#include "src/runtime/array.h"

#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

namespace {

constexpr int kFloat = 32;

struct Fixture {
  std::unique_ptr<Device> device = fake_device();
  std::shared_ptr<Context> context = device->primary_context();
  ~Fixture() { device->reset_primary(); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "shapes that no array can have are refused by what is wrong with them") {
  auto code = [&](const ArrayShape& shape) { return create_array(*context, shape).error().code; };
  CHECK(code({.width = 4, .format = 145, .channels = 1}) == Code::NotSupported);
  CHECK(code({.width = 4, .format = kFloat, .channels = 3}) == Code::InvalidValue);
  CHECK(code({.width = 4, .depth = 4, .format = kFloat, .channels = 1}) == Code::InvalidValue);
  CHECK(code({.width = 4, .height = 5, .depth = 6, .format = kFloat, .channels = 1, .flags = ArrayShape::kCube}) ==
        Code::InvalidValue);
  CHECK(code({.width = 4, .format = kFloat, .channels = 1, .flags = ArrayShape::kLayered}) == Code::InvalidValue);
}

TEST_CASE_METHOD(Fixture, "a side begins at its element and stays inside") {
  Array& array = **create_array(*context, {.width = 10, .height = 4, .depth = 3, .format = kFloat, .channels = 2});
  CHECK(array.pitch() == 96);
  const Side side = *array.side(16, 2, 1, {8, 1, 1});
  CHECK(side.address == array.address() + (1 * 4 + 2) * 96 + 16);
  CHECK(array.side(16, 2, 1, {65, 1, 1}).error().code == Code::InvalidValue);
  CHECK(array.side(0, 3, 0, {8, 2, 1}).error().code == Code::InvalidValue);
  CHECK(array.side(4, 0, 0, {8, 1, 1}).error().code == Code::InvalidValue);  // inside an element
  REQUIRE(destroy_array(&array));
  CHECK(find_array(&array).error().code == Code::InvalidHandle);
}

TEST_CASE_METHOD(Fixture, "a linear copy is the rest of a row, whole rows, and the beginning of one") {
  Array& array = **create_array(*context, {.width = 10, .height = 6, .format = kFloat, .channels = 1});
  const auto copies = *linear_array_copies(array, 24, 1, 1000, 16 + 80 + 12, true, Direction::HostToDevice);
  REQUIRE(copies.size() == 3);
  CHECK(copies[0].box.width == 16);
  CHECK(copies[1].box.height == 2);
  CHECK(copies[1].from.address == 1016);
  CHECK(copies[1].to.address == array.address() + 2 * array.pitch());
  CHECK(copies[2].box.width == 12);
  CHECK(copies[2].from.address == 1096);
  CHECK_FALSE(linear_array_copies(array, 0, 5, 1000, 44, true, Direction::HostToDevice));
  REQUIRE(destroy_array(&array));
}

TEST_CASE_METHOD(Fixture, "levels halve down to one element and end with their array") {
  MipmappedArray& array =
      **create_mipmapped_array(*context, {.width = 9, .height = 3, .format = kFloat, .channels = 1}, 99);
  REQUIRE(array.levels().size() == 4);
  CHECK(array.levels()[1]->shape().width == 4);
  CHECK(array.levels()[3]->shape().height == 1);
  const void* level = array.levels()[2].get();
  CHECK(destroy_array(level).error().code == Code::InvalidValue);
  REQUIRE(destroy_mipmapped_array(&array));
  CHECK_FALSE(find_array(level));
}
