// Result<T> carries either a value or an error, and the three kinds of refusal keep their words.
#include "src/base/result.h"

#include <memory>
#include <string>

#include "tests/unit/catch.h"

namespace {

qiao::Result<int> half(int number) {
  if (number % 2 != 0) return qiao::invalid(qiao::Code::InvalidValue, "invalid number: odd, expected even");
  return number / 2;
}

}  // namespace

TEST_CASE("a result holds the value") {
  qiao::Result<int> result = half(8);
  REQUIRE(result.ok());
  CHECK(*result == 4);
}

TEST_CASE("a result holds the error") {
  qiao::Result<int> result = half(7);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == qiao::Code::InvalidValue);
  CHECK(result.error().message == "invalid number: odd, expected even");
}

TEST_CASE("a result gives away what can only be moved") {
  qiao::Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  std::unique_ptr<int> taken = *std::move(result);
  CHECK(*taken == 5);
}

TEST_CASE("a void result is fine until it holds an error") {
  CHECK(qiao::Result<void>().ok());
  CHECK_FALSE(qiao::Result<void>(qiao::unsupported("x")).ok());
}

TEST_CASE("unsupported and unimplemented name themselves") {
  CHECK(qiao::unsupported("graphics interop").message == "unsupported: graphics interop");
  CHECK(qiao::unimplemented("textures").message == "unimplemented: textures");
  CHECK(qiao::unimplemented("textures").code == qiao::Code::NotSupported);
}
