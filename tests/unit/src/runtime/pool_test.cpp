// Stream-ordered pools: who may have a freed block when, joining, trimming, the bound.
#include "src/runtime/pools.h"

#include <future>

#include "tests/unit/catch.h"
#include "tests/unit/src/runtime/fake_device.h"

using namespace qiao;
using namespace qiao::runtime;

namespace {

constexpr uint64_t kMega = uint64_t{1} << 20;

struct Fixture {
  std::unique_ptr<Device> device = fake_device();
  std::shared_ptr<Context> context = device->primary_context();
  std::shared_ptr<Stream> first = context->create_stream({.non_blocking = true});
  std::shared_ptr<Stream> second = context->create_stream({.non_blocking = true});
  ~Fixture() { device->reset_primary(); }
};

Allocation block(uint64_t address) {
  return {.base = address};
}

uint64_t get(const Pool& pool, Pool::Attribute attribute) {
  return *pool.get(attribute);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a stream has a block again at once, another only when the first is done with it") {
  Pool pool(*device, 0);
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  const uint64_t a = *pool.allocate(*first, kMega * 2);
  first->enqueue([gone]() -> Result<void> { return gone.wait(), Result<void>(); });
  pool.free(block(a), *first);
  CHECK(*pool.allocate(*first, kMega * 2) == a);
  pool.free(block(a), *first);
  const uint64_t b = *pool.allocate(*second, kMega * 2);
  CHECK(b != a);
  CHECK(get(pool, Pool::Attribute::ReservedCurrent) == 4 * kMega);
  go.set_value();
  first->synchronize();
  CHECK(*pool.allocate(*second, kMega * 2) == a);
}

TEST_CASE_METHOD(Fixture, "at its bound a pool gives a stream another's block behind a wait, if that is allowed") {
  Pool pool(*device, 2 * kMega);
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  const uint64_t a = *pool.allocate(*first, kMega);
  first->enqueue([gone]() -> Result<void> { return gone.wait(), Result<void>(); });
  pool.free(block(a), *first);
  REQUIRE(pool.set(Pool::Attribute::AllowInternalDependencies, 0));
  CHECK(pool.allocate(*second, 2 * kMega).error().code == Code::OutOfMemory);
  REQUIRE(pool.set(Pool::Attribute::AllowInternalDependencies, 1));
  const uint64_t rest = *pool.allocate(*second, kMega);
  CHECK(rest != a);
  CHECK(*pool.allocate(*second, kMega) == a);
  CHECK_FALSE(second->idle());
  go.set_value();
  second->synchronize();
  CHECK(first->idle());
}

TEST_CASE_METHOD(Fixture, "neighbours join, slabs go back beyond what is kept, and the marks say so") {
  Pool pool(*device, 0);
  const uint64_t a = *pool.allocate(*first, kMega), b = *pool.allocate(*first, kMega);
  CHECK(get(pool, Pool::Attribute::ReservedCurrent) == 2 * kMega);
  pool.free(block(a), *first);
  pool.trim(0);
  CHECK(get(pool, Pool::Attribute::ReservedCurrent) == 2 * kMega);
  pool.free(block(b), *first);
  CHECK(*pool.allocate(*first, 2 * kMega) == a);
  pool.free(block(a), *first);
  pool.trim(2 * kMega);
  CHECK(get(pool, Pool::Attribute::ReservedCurrent) == 2 * kMega);
  pool.trim(0);
  CHECK(get(pool, Pool::Attribute::ReservedCurrent) == 0);
  CHECK(get(pool, Pool::Attribute::UsedHigh) == 2 * kMega);
  CHECK(pool.set(Pool::Attribute::UsedHigh, 5).error().code == Code::InvalidValue);
  REQUIRE(pool.set(Pool::Attribute::UsedHigh, 0));
  CHECK(get(pool, Pool::Attribute::UsedHigh) == 0);
}

TEST_CASE_METHOD(Fixture, "a destroyed pool's blocks live on and go back when they are freed") {
  Pools& pools = Pools::instance();
  std::shared_ptr<Pool> pool = pools.create(*device, 0);
  const uint64_t a = *allocate_from_pool(*first, *pool, 1000);
  REQUIRE(pools.destroy(pool.get()));
  CHECK(pools.find(pool.get()).error().code == Code::InvalidValue);
  REQUIRE(free_in_order(*first, a));
  CHECK(get(*pool, Pool::Attribute::ReservedCurrent) == 0);
  CHECK(free_in_order(*first, a).error().code == Code::InvalidValue);
  CHECK(pools.destroy(pools.default_of(*device).get()).error().code == Code::InvalidValue);
}
