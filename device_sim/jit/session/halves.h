// 32 lanes of 32 bits are two vector registers of the widest kind. Where straight code holds more of them than the host
// has registers, the first half of all lanes goes through it first, then the second: half as many values live at once.
#pragma once

#include <llvm/IR/Function.h>

namespace qiao::jit {

struct HalvesLimits {
  unsigned most_registers = 40;  // of 64 bytes; hosts have 32, but some operands may lie in memory
  unsigned least_instructions = 32;
};

// A late pass: each half keeps the order of the code.
void split_into_halves(llvm::Function& function, const HalvesLimits& limits);

}  // namespace qiao::jit
