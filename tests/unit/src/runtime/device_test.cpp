// The primary context's life and peer access.
#include "src/runtime/device.h"

#include "src/runtime/visible_devices.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

TEST_CASE("the last release of a retained primary context destroys it") {
  std::unique_ptr<Device> device = fake_device();
  CHECK(device->release_primary().error().code == Code::InvalidContext);
  std::shared_ptr<Context> context = device->retain_primary();
  CHECK(device->retain_primary() == context);
  REQUIRE(device->release_primary());
  CHECK(device->primary_active());
  REQUIRE(device->release_primary());
  CHECK_FALSE(device->primary_active());
  CHECK(context->destroyed());
}

TEST_CASE("the runtime API's claim keeps the primary context until a reset") {
  std::unique_ptr<Device> device = fake_device();
  std::shared_ptr<Context> context = device->primary_context();
  device->retain_primary();
  REQUIRE(device->release_primary());
  CHECK(device->primary_active());
  device->reset_primary();
  CHECK_FALSE(device->primary_active());
  CHECK(device->primary_context() != context);
  device->reset_primary();
}

TEST_CASE("a chip reaches a peer as long as one context says so") {
  std::unique_ptr<Device> device = fake_device(0), peer = fake_device(1);
  auto& chip = static_cast<FakeChip&>(device->hal());
  auto first = std::make_shared<Context>(*device, false, 0);
  auto second = std::make_shared<Context>(*device, false, 0);
  CHECK(first->enable_peer(*device).error().code == Code::InvalidDevice);
  CHECK(first->disable_peer(*peer).error().code == Code::PeerAccessNotEnabled);
  REQUIRE(first->enable_peer(*peer));
  CHECK(first->enable_peer(*peer).error().code == Code::PeerAccessAlreadyEnabled);
  REQUIRE(second->enable_peer(*peer));
  REQUIRE(first->disable_peer(*peer));
  CHECK(chip.peers.size() == 1);
  second->destroy();
  CHECK(chip.peers.empty());
}

TEST_CASE("CUDA_VISIBLE_DEVICES orders devices, ends at what is not one, and refuses repetitions") {
  CHECK(visible_devices(std::nullopt, 3) == std::vector<int>{0, 1, 2});
  CHECK(visible_devices("2,0", 3) == std::vector<int>{2, 0});
  CHECK(visible_devices("", 3).empty());
  CHECK(visible_devices("-1", 3).empty());
  CHECK(visible_devices("1,7,0", 3) == std::vector<int>{1});
  CHECK(visible_devices("1,1", 3).empty());
  CHECK(visible_devices(uuid_text(1), 3) == std::vector<int>{1});
  CHECK(visible_devices("GPU-", 3).empty());  // the beginning of more than one
}
