// Control-flow graph of a function body, and the one definition of reconvergence that interpreter and warp mode share:
// blocks are numbered in a loop-contiguous reverse post-order, and a warp always runs the pending block with the lowest
// number, with every lane that waits for it, but a loop's next pass only after the current one
// (device_sim/jit/lane_code.md, "Reconvergence").
#pragma once

#include <cstdint>
#include <vector>

#include "src/ptx/module.h"

namespace qiao::ptx {

struct Block {
  uint32_t first = 0;  // instructions [first, last) of the body
  uint32_t last = 0;
  std::vector<uint32_t> successors;  // block numbers; a conditional branch: {taken, fall through}
  uint32_t source_order = 0;         // position in the text
  // A loop's header: its blocks are [this one, loop_end). 0 for every other block. Lanes that come back to the header
  // wait there for those which are still in the pass, as if all back edges met in one last block of the loop.
  uint32_t loop_end = 0;
};

struct Cfg {
  std::vector<Block> blocks;             // index = reconvergence order; blocks[0] is the entry
  std::vector<uint32_t> block_of_label;  // LabelId -> block
  std::vector<uint32_t> block_of_instruction;
  bool irreducible = false;
};

// A block ends at a branch, ret or exit, or before a label; a call does not end it. A guarded ret or exit falls
// through. A block without successors returns, and so does the empty block that a label at the body's end gets.
// Unreachable blocks are dropped (kNoId in the maps). A function without instructions has no blocks.
Cfg build_cfg(const Function& function);

}  // namespace qiao::ptx
