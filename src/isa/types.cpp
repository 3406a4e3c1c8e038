// Facts about types, modifiers and special registers, each from its table.
#include "src/isa/types.h"

#include "src/isa/form.h"
#include "src/isa/special_registers.h"
#include "src/isa/syntax.h"

namespace qiao::isa {

unsigned bits_of(Type type) {
  constexpr uint8_t kBits[] = {
#define QIAO_TYPE(name, spelling, bits, type_class) bits,
#include "src/isa/types.inc"
#undef QIAO_TYPE
  };
  return kBits[static_cast<size_t>(type)];
}

TypeClass class_of(Type type) {
  constexpr TypeClass kClasses[] = {
#define QIAO_TYPE(name, spelling, bits, type_class) TypeClass::type_class,
#include "src/isa/types.inc"
#undef QIAO_TYPE
  };
  return kClasses[static_cast<size_t>(type)];
}

std::string_view spelling_of(Type type) {
  return kTypeSpellings[static_cast<size_t>(type)];
}

std::optional<Type> type_from_spelling(std::string_view spelling) {
  Type type = find_type(spelling);
  if (type == Type::None) return std::nullopt;
  return type;
}

StateSpace space_of(const Modifiers& modifiers) {
  switch (modifiers.at(Axis::Space)) {
    case Mod::Const:
      return StateSpace::Const;
    case Mod::Global:
      return StateSpace::Global;
    case Mod::Local:
      return StateSpace::Local;
    case Mod::Param:
    case Mod::ParamEntry:
    case Mod::ParamFunc:
      return StateSpace::Param;
    case Mod::Shared:
    case Mod::SharedCta:
    case Mod::SharedCluster:
      return StateSpace::Shared;
    default:
      return StateSpace::None;
  }
}

unsigned vector_width_of(const Modifiers& modifiers) {
  switch (modifiers.at(Axis::Vec)) {
    case Mod::V2:
      return 2;
    case Mod::V4:
      return 4;
    case Mod::V8:
      return 8;
    default:
      return 1;
  }
}

namespace {

struct SpecialRow {
  std::string_view spelling;
  Type type;
  bool vector;
};

constexpr SpecialRow kSpecials[] = {
    {"", Type::None, false},
#define QIAO_SREG(name, spelling, type, vector) {spelling, Type::type, vector},
#include "src/isa/special_registers.inc"
#undef QIAO_SREG
};

}  // namespace

std::optional<SpecialRegister> special_register_from_spelling(std::string_view spelling) {
  for (size_t i = 1; i < std::size(kSpecials); i++) {
    if (kSpecials[i].spelling == spelling) return static_cast<SpecialRegister>(i);
  }
  return std::nullopt;
}

std::string_view spelling_of(SpecialRegister special) {
  return kSpecials[static_cast<size_t>(special)].spelling;
}
Type type_of(SpecialRegister special) {
  return kSpecials[static_cast<size_t>(special)].type;
}
bool is_vector(SpecialRegister special) {
  return kSpecials[static_cast<size_t>(special)].vector;
}

}  // namespace qiao::isa
