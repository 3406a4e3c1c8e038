// PTX defines the bits of the NaN that arithmetic makes; the host's differ. The meanings mark each result that may be
// such a NaN with a call of `qiao.canonical.f32/.f64`; once registers are SSA values, this pass keeps the correction
// only where the bits can be seen (stores, integer uses), so that arithmetic pays nothing.
#pragma once

#include <llvm/IR/Function.h>

namespace qiao::jit {

// Turns every mark in `function` into nothing or into a select. Run after sroa.
void resolve_canonical_nans(llvm::Function& function);

}  // namespace qiao::jit
