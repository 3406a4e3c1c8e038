// The small arithmetic: values, what has none, and what is said of text that cannot be read.
#include "src/perf/report/expression.h"

#include <map>

#include "tests/unit/catch.h"

using namespace qiao::perf;

namespace {

const std::map<std::string, double, std::less<>> kNew = {{"a", 6}, {"b.c", 3}, {"zero", 0}, {"in.x", 5}};
const std::map<std::string, double, std::less<>> kOld = {{"a", 4}, {"b.c", 3}, {"zero", 0}, {"gone", 1}};

std::optional<Value> run(const std::string& text, std::string_view kernel = "saxpy(int)") {
  auto expression = Expression::parse(text);
  REQUIRE(expression.ok());
  return expression->evaluate({[](std::string_view name, Side side) -> std::optional<Value> {
                                 const auto& values = side == Side::Old ? kOld : kNew;
                                 auto found = values.find(name);
                                 return found == values.end() ? std::nullopt
                                                              : std::optional(Value{found->second, true});
                               },
                               kernel});
}

double number(const std::string& text) {
  const std::optional<Value> value = run(text);
  return value ? static_cast<double>(value->number) : -12345;
}

std::string error(const std::string& text) {
  auto expression = Expression::parse(text);
  return expression.ok() ? "" : expression.error().message;
}

}  // namespace

TEST_CASE("sums, products, brackets") {
  CHECK(number("a + b.c * 2") == 12);
  CHECK(number("(a + b.c) * 2") == 18);
  CHECK(number("a - b.c - 1") == 2);
  CHECK(number("-a + 10") == 4);
  CHECK(number("a / b.c") == 2);
  CHECK(number("in.x + 1") == 6);
  CHECK(run("a + 1")->whole);
  CHECK_FALSE(run("a / b.c")->whole);
}

TEST_CASE("what has no value has none") {
  CHECK_FALSE(run("a / zero"));
  CHECK_FALSE(run("unknown + 1"));
  CHECK_FALSE(run("old(in.x)"));
  CHECK(number("old(gone)") == 1);
}

TEST_CASE("conditions") {
  CHECK(number("a > 5") == 1);
  CHECK(number("a >= 6 and b.c != 3") == 0);
  CHECK(number("a < 6 or b.c <= 3") == 1);
  CHECK(number("a == 6") == 1);
  CHECK(number("a - old(a) > 1") == 1);
}

TEST_CASE("changes in percent") {
  CHECK(number("a > +49%") == 1);
  CHECK(number("a > +50%") == 0);
  CHECK(number("a > 49%") == 1);
  CHECK(number("b.c < -1%") == 0);
  CHECK(number("zero > +1%") == 0);
  CHECK(number("a + b.c > 28%") == 1);  // 7 -> 9
}

TEST_CASE("kernels by name") {
  CHECK(number("a > 5 in /saxpy/") == 1);
  CHECK(run("a > 5 in /^gemm/")->number == 0);
  CHECK(run("unknown > 5 in /gemm/ or a > 5")->number == 1);
}

TEST_CASE("what cannot be read is told with its place") {
  CHECK(error("a +") == "column 4 of \"a +\": unexpected end");
  CHECK(error("a b").find("unexpected 'b'") != std::string::npos);
  CHECK(error("(a").find("expected )") != std::string::npos);
  CHECK(error("a > 1 in saxpy").find("expected /REGEX/") != std::string::npos);
  CHECK(error("a > 1 in /(/").find("not a regular expression") != std::string::npos);
  CHECK(error("").find("unexpected end") != std::string::npos);
  CHECK(error("1..2 > a") != "");
  CHECK(error(std::string(5000, '(')).find("too deep") != std::string::npos);
}
