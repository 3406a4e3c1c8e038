// Allocations: found by any address inside, freed only from their start and by the right call, ended with their
// context.
#include "src/runtime/memory.h"

#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

namespace {

MemoryMap& map() {
  return MemoryMap::instance();
}

}  // namespace

TEST_CASE("an allocation is found by every address inside it and by none outside") {
  std::unique_ptr<Device> device = fake_device();
  Result<uint64_t> base = allocate_memory(*device->primary_context(), 1000, MemoryKind::Device);
  REQUIRE(base);
  CHECK(map().find(*base)->bytes == 1000);
  CHECK(map().find(*base + 999)->base == *base);
  CHECK(map().find(*base)->device == device.get());
  CHECK(map().bytes_from(*base + 1) == 999);
  CHECK_FALSE(map().find(*base + 1000));
  CHECK_FALSE(map().find(*base - 1));
  REQUIRE(free_memory(*base, {MemoryKind::Device}));
  CHECK_FALSE(map().find(*base));
  device->reset_primary();
}

TEST_CASE("freeing a wrong pointer, twice, or by the wrong call is InvalidValue") {
  std::unique_ptr<Device> device = fake_device();
  Result<uint64_t> base = allocate_memory(*device->primary_context(), 64, MemoryKind::PinnedHost);
  REQUIRE(base);
  CHECK(free_memory(*base + 8, {MemoryKind::PinnedHost}).error().code == Code::InvalidValue);
  CHECK(free_memory(*base, {MemoryKind::Device}).error().code == Code::InvalidValue);
  REQUIRE(free_memory(*base, {MemoryKind::PinnedHost}));
  CHECK(free_memory(*base, {MemoryKind::PinnedHost}).error().code == Code::InvalidValue);
  device->reset_primary();
}

TEST_CASE("host memory cannot be registered twice, nor unregistered when it never was") {
  std::unique_ptr<Device> device = fake_device();
  std::shared_ptr<Context> context = device->primary_context();
  char memory[256];
  REQUIRE(register_host_memory(*context, memory, 256, 0));
  CHECK(register_host_memory(*context, memory + 16, 16, 0).error().code == Code::HostMemoryAlreadyRegistered);
  REQUIRE(unregister_host_memory(memory));
  CHECK(unregister_host_memory(memory).error().code == Code::HostMemoryNotRegistered);
  device->reset_primary();
}

TEST_CASE("memory ends with the context that holds it, and only that") {
  std::unique_ptr<Device> device = fake_device();
  auto made = std::make_shared<Context>(*device, false, 0);
  live_contexts().add(made);
  const uint64_t theirs = *allocate_memory(*made, 64, MemoryKind::Device);
  const uint64_t ours = *allocate_memory(*device->primary_context(), 64, MemoryKind::Device);
  made->destroy();
  CHECK_FALSE(map().find(theirs));
  CHECK(map().find(ours));
  CHECK(live_contexts().find(made.get()) == nullptr);
  device->reset_primary();
  CHECK_FALSE(map().find(ours));
}
