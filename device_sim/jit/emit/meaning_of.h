// The meanings (src/isa/evaluate.h) instantiated for LLVM values, in a translation unit of their own: they are many.
#pragma once

#include <vector>

#include "device_sim/jit/emit/lane_value.h"
#include "src/ptx/module.h"

namespace qiao::jit {

// The instruction's results, in order, then the new carry flag if it writes one; empty: no meaning.
std::vector<LaneValue> meaning_of(const ptx::Instruction& inst, const std::vector<LaneValue>& sources);

}  // namespace qiao::jit
