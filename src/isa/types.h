// PTX's fundamental types and packed types (PTX ISA 9.0, 5.2), and state spaces (5.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace qiao::isa {

enum class TypeClass : uint8_t { None, Bits, Unsigned, Signed, Float, Predicate };

enum class Type : uint8_t {
#define QIAO_TYPE(name, spelling, bits, type_class) name,
#include "src/isa/types.inc"
#undef QIAO_TYPE
};

// Width of one value in bits; packed pairs count whole (f16x2: 32), predicates 1, None 0.
unsigned bits_of(Type type);
inline unsigned bytes_of(Type type) {
  return (bits_of(type) + 7) / 8;
}
TypeClass class_of(Type type);
inline bool is_float(Type type) {
  return class_of(type) == TypeClass::Float;
}
inline bool is_signed(Type type) {
  return class_of(type) == TypeClass::Signed;
}

// The spelling without its dot ("u32"), and back.
std::string_view spelling_of(Type type);
std::optional<Type> type_from_spelling(std::string_view spelling);

enum class StateSpace : uint8_t { None, Reg, Sreg, Const, Global, Local, Param, Shared };

}  // namespace qiao::isa
