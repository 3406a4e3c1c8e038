// Device printf's text: directives, argument sizes, and what cannot be read.
#include "device_sim/machine/device_printf.h"

#include <cstring>
#include <vector>

#include "tests/unit/catch.h"

using namespace qiao;
using namespace qiao::machine;

namespace {

Result<void> all_readable(uint64_t, uint64_t) {
  return {};
}

uint64_t address_of(const char* text) {
  return reinterpret_cast<uint64_t>(text);
}

// vprintf's buffer: each argument at its natural alignment.
class Arguments {
 public:
  template <class T>
  Arguments& add(T value) {
    bytes_.resize((bytes_.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T) + sizeof(T));
    std::memcpy(bytes_.data() + bytes_.size() - sizeof(T), &value, sizeof(T));
    return *this;
  }
  uint64_t address() const { return reinterpret_cast<uint64_t>(bytes_.data()); }

 private:
  std::vector<std::byte> bytes_;
};

std::string formatted(const char* format, const Arguments& arguments) {
  Result<FormattedText> result = format_device_text(address_of(format), arguments.address(), all_readable);
  REQUIRE(result.ok());
  return result->text;
}

}  // namespace

TEST_CASE("printf formats each kind of argument") {
  CHECK(formatted("%d %u %x|", Arguments().add(-5).add(7u).add(255)) == "-5 7 ff|");
  CHECK(formatted("%d %f %d", Arguments().add(1).add(2.5).add(3)) == "1 2.500000 3");
  CHECK(formatted("%lld %lu", Arguments().add(int64_t{-1}).add(~uint64_t{0})) == "-1 18446744073709551615");
  CHECK(formatted("[%s] %c%%", Arguments().add(address_of("text")).add(int{'x'})) == "[text] x%");
  CHECK(formatted("%-6.2e|%5d|%05d", Arguments().add(12345.678).add(42).add(7)) == "1.23e+04|   42|00007");
  CHECK(formatted("%hd %hhu %5hx|", Arguments().add(70000).add(300).add(0x12345)) == "4464 44  2345|");
  CHECK(formatted("%*d", Arguments().add(4).add(7)) == "   7");
  CHECK(formatted("%s", Arguments().add(uint64_t{0})) == "(null)");
}

TEST_CASE("printf leaves what is no directive as it stands") {
  CHECK(formatted("%y stays, 5% %", Arguments()) == "%y stays, 5%");
  CHECK(formatted("", Arguments()).empty());
}

TEST_CASE("printf counts its arguments and long text stays whole") {
  const std::string text(500, 'a');
  Arguments arguments;
  arguments.add(address_of(text.c_str())).add(1);
  Result<FormattedText> result = format_device_text(address_of("%s %d"), arguments.address(), all_readable);
  REQUIRE(result.ok());
  CHECK(result->text == text + " 1");
  CHECK(result->arguments == 2);
}

TEST_CASE("printf reports memory that cannot be read") {
  const auto nothing = [](uint64_t, uint64_t) -> Result<void> { return invalid(Code::IllegalAddress, "unreadable"); };
  Result<FormattedText> result = format_device_text(address_of("%d"), 0, nothing);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == Code::IllegalAddress);
}
