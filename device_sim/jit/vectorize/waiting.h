// Forward progress: may a loop spin until another lane, warp or block writes memory?
#pragma once

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>

namespace qiao::jit {

// Safe, not clever: true when an exit depends on a volatile or atomic load, on an atomic's result, or on nothing but a
// plain load from one place; when the loop sleeps (nanosleep); when it calls a function that is not inlined. Retrying a
// compare-and-swap with the value it saw does not count: some lane always succeeds.
bool waits_on_memory(const llvm::Loop& loop, const llvm::DominatorTree& dominators);

}  // namespace qiao::jit
