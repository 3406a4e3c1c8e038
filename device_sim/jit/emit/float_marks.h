// PTX defines the bits of the NaN that arithmetic makes; the host's differ. And where the host's floating-point unit
// flushes subnormals (../flushing.h), a value that ought to have been flushed still need not be zero: LLVM takes x
// * 1.0 for x. The meanings mark each value that is to be corrected with a call of `qiao.canonical.f32/.f64` or
// `qiao.flush.f32`; once registers are SSA values, this pass puts the correction where the bits are seen (stores,
// integer uses) and nowhere else, so that arithmetic and loops pay nothing.
#pragma once

#include <llvm/IR/Function.h>

namespace qiao::jit {

// Turns the marks of `function` into nothing, or into selects where their values' bits are seen. Run after sroa.
void resolve_float_marks(llvm::Function& function);

}  // namespace qiao::jit
