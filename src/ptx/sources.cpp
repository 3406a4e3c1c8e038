#include "src/ptx/sources.h"

namespace qiao::ptx {

std::vector<Source> sources_of(const Instruction& instruction) {
  const isa::OperandSlots& slots = instruction.form->slots;
  std::vector<Source> sources;
  for (size_t i = 0; i < instruction.operands.size(); i++) {
    const Operand& operand = instruction.operands[i];
    if (slots[i].is_destination || operand.kind == Operand::Kind::None) continue;
    const isa::Type type = isa::type_of_slot(slots[i], instruction.types);
    if (slots[i].type == isa::OperandType::Four) {
      for (const Operand& element : operand.elements) sources.push_back({&element, type, 0});
    } else {
      sources.push_back({&operand, type, 0});
    }
  }
  for (size_t i = 0; i < instruction.operands.size(); i++) {
    if (slots[i].has_selector_word()) sources.push_back({nullptr, isa::Type::B32, instruction.operands[i].selector});
  }
  return sources;
}

const Operand* find_operand(const Instruction& instruction, std::string_view slot) {
  for (size_t i = 0; i < instruction.operands.size(); ++i) {
    const Operand& operand = instruction.operands[i];
    if (instruction.form->slots[i].name == slot && operand.kind != Operand::Kind::None) return &operand;
  }
  return nullptr;
}

}  // namespace qiao::ptx
