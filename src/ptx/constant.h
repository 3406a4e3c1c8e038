// Constants of PTX text (PTX ISA 9.0, 4.5): literals and constant expressions.
#pragma once

#include <optional>
#include <string_view>

#include "src/isa/types.h"

namespace qiao::ptx {

struct Constant {
  enum class Kind : uint8_t { Integer, Single, Double } kind = Kind::Integer;  // 0f..., 0d... or decimal
  bool is_unsigned = false;
  uint64_t bits = 0;  // two's complement, or the IEEE bits of kind
};

// "42", "0x1fU", "0b101", "017", "0f3f800000", "0d3ff0000000000000", "1.5e3"; nothing if malformed or too large.
std::optional<Constant> parse_literal(std::string_view text);

// The bits of a constant as a value of `type`: floats are converted to the width of a float type and kept as they are
// for a bit type of their size; integers keep their low bits. Nothing for an integer where a float is due, or the
// reverse.
std::optional<uint64_t> bits_as(const Constant& constant, isa::Type type);

// As bits_as, for a variable's initialiser, where assemblers are laxer: a double becomes the float of a 32-bit type,
// and the bits of a float are the low ones of a 64-bit type.
std::optional<uint64_t> initial_bits(const Constant& constant, isa::Type type);

// One binary operator of PTX ("+", "<<", "&&", ...) on integers or doubles; nothing for an impossible one (x / 0).
std::optional<Constant> apply_binary(std::string_view op, const Constant& a, const Constant& b);
std::optional<Constant> apply_unary(char op, const Constant& a);

}  // namespace qiao::ptx
