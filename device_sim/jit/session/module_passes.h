// The session's own passes: before the scalar optimiser, and before code generation.
#pragma once

#include <llvm/IR/Module.h>

namespace qiao::jit {

// Inlines the device functions which may be, turns registers into values and settles the canonical NaNs.
void inline_device_functions(llvm::Module& module);

// A check of an address that a dominating check has passed is that check: only their site numbers differ.
void merge_checks(llvm::Function& lane);

// LLVM takes the sum with a constant NaN for an exchange with that NaN; PTX stores its own.
void settle_float_exchanges(llvm::Function& function);

// atomicrmw fadd becomes a compare-and-swap loop whose NaN is PTX's.
void expand_float_atomics(llvm::Module& module);

}  // namespace qiao::jit
