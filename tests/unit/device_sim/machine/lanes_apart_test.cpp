// Who missed a meeting of lanes (device_sim/machine/lanes_apart.h).
#include "device_sim/machine/lanes_apart.h"
#include "tests/unit/catch.h"

using qiao::machine::LanesApart;

namespace {
constexpr uint32_t kAll = ~0u, kEven = 0x55555555, kOdd = 0xaaaaaaaa;
}

TEST_CASE("lanes that come one after another have missed each other") {
  LanesApart apart;
  CHECK(apart.done(1, kAll, kEven, kAll));
  CHECK_FALSE(apart.empty());
  CHECK_FALSE(apart.done(1, kAll, kOdd, kAll));
}

TEST_CASE("another operation, another mask, lanes that were there") {
  LanesApart apart;
  CHECK(apart.done(1, kAll, kEven, kAll));
  CHECK(apart.done(2, kAll, kOdd, kAll));
  CHECK(apart.done(1, kOdd | 1, kOdd, kAll));
  CHECK(apart.done(1, kAll, 5, kAll));  // of the even ones
  CHECK(apart.done(1, kAll, 1, kAll));
  CHECK_FALSE(apart.done(1, kAll, 2, kAll));
}

TEST_CASE("growing sets of lanes miss nobody") {
  LanesApart apart;
  for (uint32_t lanes : {0xffu, 0xffffu, 0xffffffu, kAll}) CHECK(apart.done(1, kAll, lanes, kAll));
  CHECK(apart.done(1, kAll, 0xff, kAll));
}

TEST_CASE("all lanes together keep the distance") {
  LanesApart apart;
  CHECK(apart.done(1, kAll, kEven, kAll));
  CHECK(apart.done(1, kAll, kAll, kAll));
  CHECK_FALSE(apart.done(1, kAll, kOdd, kAll));
}

TEST_CASE("who has waited for each other elsewhere is level") {
  LanesApart apart;
  CHECK(apart.done(1, kAll, kEven, kAll));
  CHECK(apart.done(2, kAll, kAll, kAll));
  CHECK(apart.empty());
  CHECK(apart.done(1, kAll, kOdd, kAll));
  apart.level(kAll);
  CHECK(apart.empty());
  CHECK(apart.done(1, kAll, kEven, kAll));
}

TEST_CASE("threads that do not exist are not absent") {
  LanesApart apart;
  CHECK(apart.done(1, kAll, 0xffff, 0xffff));
  CHECK(apart.empty());
}
