// Programs often read a value from shared memory behind a barrier (`total = sums[0]`) and write there again before the
// next one. That is a race, which hardware hides, as all warps are at the read long before one is at the write. Here a
// warp would run on to the write at once; so the warps meet once more behind such a read.
#pragma once

#include <llvm/IR/Function.h>

namespace qiao::jit {

// On lane code behind its scalar passes. Only where every thread of the block is sure to come by: in blocks that
// dominate one another both ways, from the barrier on.
void meet_behind_broadcast_reads(llvm::Function& lane);

}  // namespace qiao::jit
