// Since when an instruction exists: its row says so for its plainest choice, since.inc for what came later.
#pragma once

#include "src/isa/form.h"

namespace qiao::isa {

enum class Target : uint8_t { Any, Specific };  // Specific: sm_90a, sm_100f and their like only

struct Since {
  uint8_t ptx = 10;  // 10 * major + minor
  uint8_t sm = 10;
  Target target = Target::Any;
  bool never = false;  // PTX does not have it
};

// `has_operand`: for each slot of the form, whether the instruction has that operand.
using HasOperand = std::array<bool, OperandSlots::kMax>;
Since since_of(const Form& form, const Modifiers& modifiers, const std::array<Type, 4>& types,
               const HasOperand& has_operand);

}  // namespace qiao::isa
