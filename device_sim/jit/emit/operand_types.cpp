// The width and sign of each operand, from its slot and the instruction's types.
#include "device_sim/jit/emit/operand_types.h"

namespace qiao::jit {
namespace {

isa::Type widened(isa::Type type) {
  switch (type) {
    case isa::Type::S16:
      return isa::Type::S32;
    case isa::Type::S32:
      return isa::Type::S64;
    case isa::Type::U16:
      return isa::Type::U32;
    default:
      return isa::Type::U64;
  }
}

}  // namespace

isa::Type type_of_slot(const ptx::Instruction& inst, const isa::OperandSlot& slot) {
  using isa::OperandType;
  switch (slot.type) {
    case OperandType::A:
    case OperandType::Four:
      return inst.types[1];
    case OperandType::B:
      return inst.types[2];
    case OperandType::C:
      return inst.types[3];
    case OperandType::Wide:
      return widened(inst.types[0]);
    case OperandType::Pred:
      return isa::Type::Pred;
    case OperandType::S32:
      return isa::Type::S32;
    case OperandType::B16:
      return isa::Type::B16;
    case OperandType::B64:
      return isa::Type::B64;
    case OperandType::B128:
      return isa::Type::B128;
    case OperandType::F32:
      return isa::Type::F32;
    case OperandType::U32:
    case OperandType::B32:
    case OperandType::Number:
      return isa::Type::B32;
    default:
      return inst.types[0];
  }
}

}  // namespace qiao::jit
