// PTX's memory orders as LLVM's. Scopes need no counterpart: every thread of the chip is a thread of this process.
#pragma once

#include <llvm/Support/AtomicOrdering.h>

#include "src/isa/form.h"

namespace qiao::jit {

llvm::AtomicOrdering ordering_of(const isa::Modifiers& modifiers, llvm::AtomicOrdering otherwise);

// The sync scope of an atomic f32 addition that flushes subnormals, as hardware does in global memory (PTX ISA
// 9.7.13.5). A scope, because no pass of LLVM's drops or merges one; expand_float_atomics resolves it.
inline constexpr const char* kFlushingScope = "qiao-ftz";

}  // namespace qiao::jit
