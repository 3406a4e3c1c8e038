// The process's reserved range: what each device reaches, and the limit all devices share.
#include "device_sim/machine/address_space.h"

#include "tests/unit/catch.h"

using namespace qiao;
using namespace qiao::machine;

namespace {

constexpr uint64_t kMega = uint64_t{1} << 20;
constexpr auto kProgram = Arena::Owner::Program;

bool reaches(const Arena& device, uint64_t address) {
  const Arena::Range reach = device.reach();
  return address - reach.base < reach.bytes;
}

}  // namespace

TEST_CASE("two devices reach what is common, and each other only as peers") {
  auto space = *AddressSpace::reserve({64 * kMega, 64 * kMega}, 256 * kMega);
  Arena &zero = space->device(0), &one = space->device(1);
  const uint64_t own = *zero.allocate(100, kProgram);
  const uint64_t other = *one.allocate(100, kProgram);
  const uint64_t pinned = *space->common().allocate(100, kProgram);
  CHECK(space->contains(own));
  CHECK(space->contains(other));
  CHECK(reaches(zero, own));
  CHECK(reaches(zero, pinned));
  CHECK(reaches(one, pinned));
  CHECK_FALSE(reaches(zero, other));
  CHECK_FALSE(reaches(one, own));
  CHECK(zero.is_allocated(pinned));
  CHECK_FALSE(zero.is_allocated(other));
  space->allow_peer(0, 1, true);
  CHECK(reaches(zero, other));
  CHECK(zero.is_allocated(other));
  CHECK_FALSE(reaches(one, own));
  space->allow_peer(0, 1, false);
  CHECK_FALSE(reaches(zero, other));
}

TEST_CASE("the host's limit bounds all parts together, and failing loses nothing") {
  auto space = *AddressSpace::reserve({64 * kMega, 64 * kMega}, 96 * kMega);
  const uint64_t first = *space->device(0).allocate(60 * kMega, kProgram);
  CHECK(space->device(1).free_bytes() == 36 * kMega);
  CHECK(space->device(1).allocate(40 * kMega, kProgram).error().code == Code::OutOfMemory);
  CHECK(space->common().allocate(40 * kMega, kProgram).error().code == Code::OutOfMemory);
  CHECK(space->device(1).free_bytes() == 36 * kMega);
  REQUIRE(space->device(0).release(first, kProgram));
  CHECK(space->device(1).free_bytes() == 64 * kMega);
  CHECK(space->device(1).allocate(64 * kMega, kProgram));
}
