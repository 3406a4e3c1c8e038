// What a column of a row must hold: exact bits, an interval of floats, a NaN, or anything. See ptx_test.cpp.
#pragma once

#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

struct ExpectedValue {
  enum class Kind { Bits, Interval, Nan, Anything };
  Kind kind = Kind::Bits;
  unsigned width = 64;    // bits of the float: Interval and Nan
  std::uint64_t low = 0;  // Bits: the value; Nan: the bits of infinity
  std::uint64_t high = 0;
  std::string text;
};

inline std::optional<std::uint64_t> parse_hex(const std::string& text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  for (char c : text) {
    if (!std::isxdigit(static_cast<unsigned char>(c))) return std::nullopt;
  }
  return std::strtoull(text.c_str(), nullptr, 16);
}

// Sign and magnitude in numeric order; -0 lies just below +0, and NaNs lie beyond the infinities.
inline std::int64_t order_key(std::uint64_t bits, unsigned width) {
  std::uint64_t sign = std::uint64_t{1} << (width - 1);
  std::int64_t magnitude = static_cast<std::int64_t>(bits & (sign - 1));
  return (bits & sign) != 0 ? -magnitude - 1 : magnitude;
}

inline std::optional<ExpectedValue> parse_interval(const std::string& text, std::size_t dots) {
  ExpectedValue value{ExpectedValue::Kind::Interval, 0, 0, 0, text};
  auto low = parse_hex(text.substr(0, dots)), high = parse_hex(text.substr(dots + 2));
  value.width = static_cast<unsigned>(4 * dots);
  if (!low || !high || text.size() != 2 * dots + 2 || (dots != 4 && dots != 8 && dots != 16)) return std::nullopt;
  value.low = *low, value.high = *high;
  if (order_key(value.low, value.width) > order_key(value.high, value.width)) return std::nullopt;
  return value;
}

inline std::optional<ExpectedValue> parse_expected(const std::string& text) {
  using Kind = ExpectedValue::Kind;
  if (text == "*") return ExpectedValue{Kind::Anything, 64, 0, 0, text};
  if (text == "nan") return ExpectedValue{Kind::Nan, 32, 0x7f800000, 0, text};
  if (text == "nan16") return ExpectedValue{Kind::Nan, 16, 0x7c00, 0, text};
  if (text == "nanbf16") return ExpectedValue{Kind::Nan, 16, 0x7f80, 0, text};
  if (text == "nan64") return ExpectedValue{Kind::Nan, 64, 0x7ff0000000000000, 0, text};
  if (std::size_t dots = text.find(".."); dots != text.npos) return parse_interval(text, dots);
  auto bits = parse_hex(text);
  if (!bits) return std::nullopt;
  return ExpectedValue{Kind::Bits, 64, *bits, *bits, text};
}

// `got` is the whole slot: what lies above a narrower value must be zero.
inline bool meets(const ExpectedValue& expected, std::uint64_t got) {
  if (expected.kind == ExpectedValue::Kind::Anything) return true;
  if (expected.kind == ExpectedValue::Kind::Bits) return got == expected.low;
  if (expected.width < 64 && got >> expected.width != 0) return false;
  if (expected.kind == ExpectedValue::Kind::Nan) {
    return (got & ((std::uint64_t{1} << (expected.width - 1)) - 1)) > expected.low;
  }
  std::int64_t key = order_key(got, expected.width);
  return order_key(expected.low, expected.width) <= key && key <= order_key(expected.high, expected.width);
}
