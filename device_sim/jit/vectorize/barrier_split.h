// Cuts warp code at its barriers, so that a block needs no fibers: every warp runs one part, from a barrier to the
// next, before any warp runs the part behind it.
#pragma once

#include <llvm/IR/Function.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::jit {

inline constexpr uint32_t kWarpDone = ~0u;

// What barriers with a result gather from arriving warps, and what the last barrier said. Laid out for compiled code.
struct Votes {
  uint32_t popc;    // threads that voted yes
  uint32_t any;     // some thread did
  uint32_t missed;  // some thread did not
};
struct BlockVotes {
  Votes gathered;
  Votes last;
};

// A part is `i32 @K.part(ptr params, ptr block, i32 warp, ptr frame, ptr votes)`: runs the warp from where the part
// starts and returns the number of the barrier it has come to (1 ..), or kWarpDone. `frame` is the warp's own: what it
// keeps across barriers; `votes` the block's BlockVotes.
struct BarrierSplit {
  struct Part {
    llvm::Function* code;
    std::optional<uint32_t> only_result;  // when it can return nothing else
  };
  std::vector<Part> parts;            // parts[0] starts the warp, parts[n] goes on behind barrier n
  std::vector<uint32_t> barrier_ids;  // [n]: the name (0 to 15) of barrier n; [0] unused
  uint64_t frame_bytes = 0;           // a multiple of 64
  bool votes = false;                 // some barrier has a result
  std::string why_not;                // not empty: the code is unchanged and its warps need fibers
};

// `warp` is erased when it could be split.
BarrierSplit split_at_barriers(llvm::Function& warp, const BlockShape& shape);

}  // namespace qiao::jit
