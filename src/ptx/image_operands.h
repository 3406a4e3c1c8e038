// What the coordinates, offsets and gradients of an instruction on textures or surfaces are (PTX ISA 9.7.10, 9.7.11).
#pragma once

#include "src/ptx/module.h"

namespace qiao::ptx {

// The type of element `index` of the coordinates (slot of type Image) or of another tuple.
isa::Type tuple_type(const Instruction& instruction, const isa::OperandSlot& slot, size_t index);
// How many elements there are; four, the rest ignored, always serve as well (9.7.10.3, notes).
size_t tuple_size(const Instruction& instruction, const isa::OperandSlot& slot);

}  // namespace qiao::ptx
