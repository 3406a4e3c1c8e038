// PTX's memory orders as LLVM's. Scopes need no counterpart: every thread of the chip is a thread of this process.
#pragma once

#include <llvm/Support/AtomicOrdering.h>

#include "src/isa/form.h"

namespace qiao::jit {

llvm::AtomicOrdering ordering_of(const isa::Modifiers& modifiers, llvm::AtomicOrdering otherwise);

}  // namespace qiao::jit
