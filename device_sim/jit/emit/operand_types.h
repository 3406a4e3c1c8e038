// Which type an operand has: a slot of the form names one of the instruction's types, or a fixed one.
#pragma once

#include "src/ptx/module.h"

namespace qiao::jit {

isa::Type type_of_slot(const ptx::Instruction& inst, const isa::OperandSlot& slot);

}  // namespace qiao::jit
