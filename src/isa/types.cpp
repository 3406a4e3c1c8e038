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

Type widened(Type type) {
  switch (type) {
    case Type::U16:
      return Type::U32;
    case Type::S16:
      return Type::S32;
    case Type::U32:
      return Type::U64;
    case Type::S32:
      return Type::S64;
    default:
      return Type::None;
  }
}

}  // namespace

Type type_of_slot(const OperandSlot& slot, const std::array<Type, 4>& types) {
  switch (slot.type) {
    case OperandType::T:
    case OperandType::Vec:
    case OperandType::Pack:
    case OperandType::Symbolic:
      return types[0];
    case OperandType::A:
    case OperandType::Four:
      return types[1];
    case OperandType::B:
      return types[2];
    case OperandType::C:
      return types[3];
    case OperandType::Wide:
      return widened(types[0]);
    case OperandType::Pred:
      return Type::Pred;
    case OperandType::U32:
    case OperandType::Number:
      return Type::U32;
    case OperandType::S32:
      return Type::S32;
    case OperandType::B16:
      return Type::B16;
    case OperandType::B32:
      return Type::B32;
    case OperandType::B64:
      return Type::B64;
    case OperandType::B128:
      return Type::B128;
    case OperandType::F32:
      return Type::F32;
    default:
      return Type::None;
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

std::optional<uint64_t> fixed_value_of(SpecialRegister special) {
  using S = SpecialRegister;
  if (special == S::ClusterNctaid || special == S::ClusterNctarank) return 1;
  const bool reads_zero = (special >= S::ReservedSmemBegin && special <= S::IsExplicitCluster) ||
                          special == S::ClusterCtaid || special == S::ClusterCtarank ||
                          special == S::CurrentGraphExec || (special >= S::Pm0 && special <= S::Pm7Wide);
  if (reads_zero) return 0;
  return std::nullopt;
}

std::optional<uint32_t> environment_register(SpecialRegister special) {
  using S = SpecialRegister;
  if (special < S::Envreg0 || special > S::Envreg31) return std::nullopt;
  return static_cast<uint32_t>(special) - static_cast<uint32_t>(S::Envreg0);
}

}  // namespace qiao::isa
