// What the meaning of a value instruction is applied to, in its order: the source operands that are there, those in
// braces one by one, then the selector words (src/isa/selectors.h). The carry flag, where it is read, comes behind
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "src/ptx/module.h"

namespace qiao::ptx {

struct Source {
  const Operand* operand = nullptr;  // null: a selector word
  isa::Type type = isa::Type::B32;
  uint32_t selector = 0;
};

std::vector<Source> sources_of(const Instruction& instruction);

}  // namespace qiao::ptx
