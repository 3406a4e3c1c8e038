// Allocations: found by any address inside, freed only from their start and by the right call.
#include "src/runtime/device.h"

#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

TEST_CASE("an allocation is found by every address inside it and by none outside") {
  std::unique_ptr<Device> device = fake_device();
  Result<uint64_t> base = device->allocate(1000, MemoryKind::Device, 0, nullptr);
  REQUIRE(base);
  CHECK(device->find(*base)->bytes == 1000);
  CHECK(device->find(*base + 999)->base == *base);
  CHECK_FALSE(device->find(*base + 1000));
  CHECK_FALSE(device->find(*base - 1));
  REQUIRE(device->release(*base, {MemoryKind::Device}));
  CHECK_FALSE(device->find(*base));
}

TEST_CASE("freeing a wrong pointer, twice, or by the wrong call is InvalidValue") {
  std::unique_ptr<Device> device = fake_device();
  Result<uint64_t> base = device->allocate(64, MemoryKind::PinnedHost, 0, nullptr);
  REQUIRE(base);
  CHECK(device->release(*base + 8, {MemoryKind::PinnedHost}).error().code == Code::InvalidValue);
  CHECK(device->release(*base, {MemoryKind::Device}).error().code == Code::InvalidValue);
  REQUIRE(device->release(*base, {MemoryKind::PinnedHost}));
  CHECK(device->release(*base, {MemoryKind::PinnedHost}).error().code == Code::InvalidValue);
}

TEST_CASE("host memory cannot be registered twice, nor unregistered when it never was") {
  std::unique_ptr<Device> device = fake_device();
  char memory[256];
  REQUIRE(device->register_host(memory, 256, 0, nullptr));
  CHECK(device->register_host(memory + 16, 16, 0, nullptr).error().code == Code::HostMemoryAlreadyRegistered);
  REQUIRE(device->unregister_host(memory));
  CHECK(device->unregister_host(memory).error().code == Code::HostMemoryNotRegistered);
}
