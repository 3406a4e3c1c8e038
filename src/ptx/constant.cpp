// Literals, constant arithmetic and conversion to an operand's type.
#include "src/ptx/constant.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <string>

namespace qiao::ptx {

namespace {

std::optional<uint64_t> parse_digits(std::string_view digits, int base) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<Constant> parse_float(std::string_view text) {
  char prefix = text.size() > 1 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '\0';
  if (prefix == 'f' || prefix == 'd') {
    size_t digits = prefix == 'f' ? 8 : 16;
    auto bits = text.size() == digits + 2 ? parse_digits(text.substr(2), 16) : std::nullopt;
    if (!bits) return std::nullopt;
    return Constant{prefix == 'f' ? Constant::Kind::Single : Constant::Kind::Double, false, *bits};
  }
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Constant{Constant::Kind::Double, false, std::bit_cast<uint64_t>(value)};
}

double as_double(const Constant& c) {
  switch (c.kind) {
    case Constant::Kind::Single:
      return std::bit_cast<float>(static_cast<uint32_t>(c.bits));
    case Constant::Kind::Double:
      return std::bit_cast<double>(c.bits);
    default:
      return c.is_unsigned ? static_cast<double>(c.bits) : static_cast<double>(static_cast<int64_t>(c.bits));
  }
}

// `0f...` as it stands, so that a NaN keeps its payload.
uint64_t single_bits(const Constant& c) {
  if (c.kind == Constant::Kind::Single) return c.bits;
  return std::bit_cast<uint32_t>(static_cast<float>(as_double(c)));
}

Constant integer(uint64_t bits, bool is_unsigned) {
  return {Constant::Kind::Integer, is_unsigned, bits};
}
Constant real(double value) {
  return {Constant::Kind::Double, false, std::bit_cast<uint64_t>(value)};
}

std::optional<Constant> apply_real(std::string_view op, double a, double b) {
  if (op == "+") return real(a + b);
  if (op == "-") return real(a - b);
  if (op == "*") return real(a * b);
  if (op == "/") return real(a / b);
  if (op == "<") return integer(a < b, false);
  if (op == ">") return integer(a > b, false);
  if (op == "<=") return integer(a <= b, false);
  if (op == ">=") return integer(a >= b, false);
  if (op == "==") return integer(a == b, false);
  if (op == "!=") return integer(a != b, false);
  return std::nullopt;
}

std::optional<Constant> divide(char op, const Constant& a, const Constant& b, bool is_unsigned) {
  if (b.bits == 0) return std::nullopt;
  if (is_unsigned) return integer(op == '/' ? a.bits / b.bits : a.bits % b.bits, true);
  int64_t x = static_cast<int64_t>(a.bits), y = static_cast<int64_t>(b.bits);
  if (y == -1) return integer(op == '/' ? -a.bits : 0, false);  // INT64_MIN / -1 wraps
  return integer(static_cast<uint64_t>(op == '/' ? x / y : x % y), false);
}

std::optional<Constant> shift(bool left, const Constant& a, uint64_t n) {
  if (left) return integer(n > 63 ? 0 : a.bits << n, a.is_unsigned);
  if (a.is_unsigned) return integer(n > 63 ? 0 : a.bits >> n, true);
  return integer(static_cast<uint64_t>(static_cast<int64_t>(a.bits) >> (n > 63 ? 63 : n)), false);
}

}  // namespace

std::optional<Constant> parse_literal(std::string_view text) {
  if (text.empty()) return std::nullopt;
  char prefix = text.size() > 1 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '\0';
  bool hex = prefix == 'x';
  bool is_float = prefix == 'f' || prefix == 'd' || (!hex && prefix != 'b' && text.find_first_of(".eE") != text.npos);
  if (is_float) return parse_float(text);
  bool is_unsigned = text.back() == 'U' || text.back() == 'u';
  if (is_unsigned) text.remove_suffix(1);
  int base = hex ? 16 : prefix == 'b' ? 2 : text.size() > 1 && text[0] == '0' ? 8 : 10;
  if (base == 16 || base == 2) text.remove_prefix(2);
  auto value = parse_digits(text, base);
  if (!value) return std::nullopt;
  return integer(*value, is_unsigned || *value > INT64_MAX);
}

std::optional<uint64_t> bits_as(const Constant& constant, isa::Type type) {
  unsigned width = isa::bits_of(type);
  if (constant.kind == Constant::Kind::Integer) {
    if (isa::is_float(type)) return std::nullopt;
    if (type == isa::Type::Pred) return constant.bits != 0;
    if (width >= 64) return constant.bits;
    // Assemblers take a number that is too wide and keep its low bits: `and.b32 r, r, 0xfffffffffffffff8`.
    return constant.bits & ((uint64_t{1} << width) - 1);
  }
  if (type == isa::Type::F32) return single_bits(constant);
  if (type == isa::Type::F64) return std::bit_cast<uint64_t>(as_double(constant));
  unsigned own_width = constant.kind == Constant::Kind::Single ? 32 : 64;
  if (own_width != width || isa::class_of(type) != isa::TypeClass::Bits) return std::nullopt;
  return constant.bits;
}

std::optional<uint64_t> initial_bits(const Constant& constant, isa::Type type) {
  const bool bit_type = isa::class_of(type) == isa::TypeClass::Bits;
  if (constant.kind == Constant::Kind::Double && bit_type && isa::bits_of(type) == 32) return single_bits(constant);
  if (constant.kind == Constant::Kind::Single && bit_type && isa::bits_of(type) == 64) return constant.bits;
  return bits_as(constant, type);
}

std::optional<Constant> apply_binary(std::string_view op, const Constant& a, const Constant& b) {
  bool reals = a.kind != Constant::Kind::Integer || b.kind != Constant::Kind::Integer;
  if (reals) return apply_real(op, as_double(a), as_double(b));
  bool is_unsigned = a.is_unsigned || b.is_unsigned;
  int64_t x = static_cast<int64_t>(a.bits), y = static_cast<int64_t>(b.bits);
  if (op == "+") return integer(a.bits + b.bits, is_unsigned);
  if (op == "-") return integer(a.bits - b.bits, is_unsigned);
  if (op == "*") return integer(a.bits * b.bits, is_unsigned);
  if (op == "/") return divide(op[0], a, b, is_unsigned);
  if (op == "%") return divide(op[0], a, b, true);  // PTX ISA 4.5.5: always unsigned, as is the result of ~
  if (op == "&") return integer(a.bits & b.bits, is_unsigned);
  if (op == "|") return integer(a.bits | b.bits, is_unsigned);
  if (op == "^") return integer(a.bits ^ b.bits, is_unsigned);
  if (op == "<<" || op == ">>") return shift(op == "<<", a, b.bits);
  if (op == "&&") return integer(a.bits != 0 && b.bits != 0, false);
  if (op == "||") return integer(a.bits != 0 || b.bits != 0, false);
  if (op == "==") return integer(a.bits == b.bits, false);
  if (op == "!=") return integer(a.bits != b.bits, false);
  if (op == "<") return integer(is_unsigned ? a.bits < b.bits : x < y, false);
  if (op == ">") return integer(is_unsigned ? a.bits > b.bits : x > y, false);
  if (op == "<=") return integer(is_unsigned ? a.bits <= b.bits : x <= y, false);
  if (op == ">=") return integer(is_unsigned ? a.bits >= b.bits : x >= y, false);
  return std::nullopt;
}

std::optional<Constant> apply_unary(char op, const Constant& a) {
  if (op == '+') return a;
  if (op == '!') return integer(a.kind == Constant::Kind::Integer ? a.bits == 0 : as_double(a) == 0, false);
  if (a.kind == Constant::Kind::Integer) return op == '-' ? integer(-a.bits, a.is_unsigned) : integer(~a.bits, true);
  if (op != '-') return std::nullopt;
  // Flip the sign bit, so that a NaN's payload survives.
  return Constant{a.kind, false, a.bits ^ (a.kind == Constant::Kind::Single ? 0x80000000u : 1ull << 63)};
}

}  // namespace qiao::ptx
