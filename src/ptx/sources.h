// What the meaning of a value instruction is applied to, in its order: the source operands that are there, those in
// braces one by one, then the selector words (src/isa/selectors.h). The carry flag, where it is read, comes behind
// them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "src/ptx/module.h"

namespace qiao::ptx {

struct Source {
  const Operand* operand = nullptr;  // null: a selector word
  isa::Type type = isa::Type::B32;
  uint32_t selector = 0;
};

std::vector<Source> sources_of(const Instruction& instruction);

// The operand of the form's slot of that name (form.h), any instruction's; null when it is absent.
const Operand* find_operand(const Instruction& instruction, std::string_view slot);

}  // namespace qiao::ptx
