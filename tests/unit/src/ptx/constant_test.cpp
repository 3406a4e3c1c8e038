// Literals and constant expressions, and the hash.
#include "src/ptx/constant.h"

#include <bit>

#include "src/ptx/hash.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/ptx/samples.h"

using namespace qiao::ptx;
using qiao::isa::Type;

TEST_CASE("literals") {
  CHECK(parse_literal("42")->bits == 42);
  CHECK(parse_literal("0x1fU")->bits == 31);
  CHECK(parse_literal("0x1fU")->is_unsigned);
  CHECK(parse_literal("0b101")->bits == 5);
  CHECK(parse_literal("017")->bits == 15);
  CHECK(parse_literal("18446744073709551615")->bits == ~0ull);
  CHECK_FALSE(parse_literal("18446744073709551616").has_value());
  CHECK(parse_literal("0f3f800000")->kind == Constant::Kind::Single);
  CHECK(parse_literal("0D3FF0000000000000")->bits == 0x3ff0000000000000);
  CHECK(parse_literal("1.5e3")->bits == std::bit_cast<uint64_t>(1500.0));
  for (const char* bad : {"", "0x", "08", "1x", "0f3f8", "0d1", "1.2.3", "0b2"}) {
    INFO(bad);
    CHECK_FALSE(parse_literal(bad).has_value());
  }
}

TEST_CASE("a constant takes its operand's type") {
  CHECK(bits_as(*parse_literal("1.0"), Type::F32) == 0x3f800000);
  CHECK(bits_as(*parse_literal("0f7fc00001"), Type::F32) == 0x7fc00001);
  CHECK(bits_as(*parse_literal("0f3f800000"), Type::F64) == 0x3ff0000000000000);
  CHECK(bits_as(*parse_literal("0f3f800000"), Type::B32) == 0x3f800000);
  CHECK(bits_as(*parse_literal("65537"), Type::U16) == 1);
  CHECK_FALSE(bits_as(*parse_literal("1.0"), Type::U32).has_value());
  CHECK_FALSE(bits_as(*parse_literal("1"), Type::F32).has_value());
}

TEST_CASE("constant expressions have C's precedence") {
  auto value = [](const std::string& text) {
    auto module = parse(in_kernel("mov.b64 %l1, " + text + ";"));
    INFO(text << (module.ok() ? "" : module.error().message));
    REQUIRE(module.ok());
    return static_cast<int64_t>(module->find_function("k")->body[0].operands[1].bits);
  };
  CHECK(value("1+2*3") == 7);
  CHECK(value("(1+2)*3") == 9);
  CHECK(value("1<<4|1") == 17);
  CHECK(value("-8>>1") == -4);
  CHECK(value("7&3^1") == 2);
  CHECK(value("2<3?10:20") == 10);
  CHECK(value("(!0) + ~0") == 0);
  CHECK(value("(-9223372036854775807-1)/-1") == INT64_MIN);
  CHECK(value("-9223372036854775808/-1") == 0);  // the literal is unsigned, and so is its negative
  CHECK(value("WARP_SZ*2") == 64);
  CHECK(value("-1 % 10") == 5);  // remainder and complement are unsigned, minus keeps the sign of its type
  CHECK(value("~0>>63") == 1);
  CHECK(value("-16U>>60") == 15);
  CHECK(value("!0") == 1);
}

TEST_CASE("the hash is SHA-256") {
  CHECK(content_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(content_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(content_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
