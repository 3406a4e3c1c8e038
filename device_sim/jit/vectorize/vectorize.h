// The warp vectoriser: turns lane code (one thread, ../lane_code.md) into warp code (32 threads in lockstep). Knows no
// PTX. What it refuses runs in lane mode instead; `why_not` says what defeated it.
#pragma once

#include <cstdint>
#include <string>

#include "device_sim/machine/block_context.h"

namespace llvm {
class Function;
class Module;
class ScalarEvolution;
class TargetMachine;
}  // namespace llvm

namespace qiao::jit {

inline constexpr unsigned kLanes = machine::kWarpLanes;
inline constexpr unsigned kMostJam = 4;

// Metadata of an alloca in warp code: nothing in it outlives the instruction it was made for.
inline constexpr char kScratchMark[] = "qiao.scratch";
// Of an atomic that nobody else can come between: it needs no lock.
inline constexpr char kUnlockedMark[] = "qiao.unlocked";

// The block shape code is compiled for; x == 0: the shape is data, read from the BlockContext.
struct BlockShape {
  uint32_t x = 0;
  uint32_t y = 1;
  uint32_t z = 1;
  uint32_t jam = 1;  // so many warps run side by side in one call of the code; divides the block's warps

  bool generic() const { return x == 0; }
  uint32_t threads() const { return x * y * z; }
  uint32_t warps() const { return (threads() + kLanes - 1) / kLanes; }
  // The most calls that a block takes.
  uint32_t most_calls() const { return generic() ? machine::kMaxWarps : warps() / jam; }
};

struct VectorizeReport {
  bool ok = false;
  std::string why_not;  // one line, empty when ok
  llvm::Function* code = nullptr;
  bool waits = false;          // barriers or spinning: each warp needs a fiber
  bool counts_warps = false;   // it adds to BlockContext::warp_counts
  unsigned jam = 1;            // warps that one call runs
  unsigned uniform_loads = 0;  // accesses by kind, in source order of the optimised lane code
  unsigned contiguous = 0;
  unsigned butterflies = 0;  // neighbours' elements, in another order
  unsigned prefetches = 0;   // loads that ask for what a later pass of their loop reads
  unsigned gathers = 0;
  unsigned serial = 0;  // instructions executed lane by lane
  unsigned lane_loops = 0;
  unsigned watched = 0;  // operations of a warp that test whether lanes they name are absent
  unsigned divergent_branches = 0;
  unsigned uniform_branches = 0;
};

// Bytes that the windows of shared and local memory have in every launch of the kernel.
struct WindowSizes {
  uint64_t shared = 0;
  uint64_t local = 0;
};

// Scalar passes over lane code, before either executor: ntid becomes constant, then LLVM's simplifications; checks
// that always hold go.
void optimize_lane_code(llvm::Function& lane, const BlockShape& shape, const WindowSizes& sizes = {});
// Its last step. Returns how many checks went.
unsigned drop_proven_checks(llvm::Function& lane, const WindowSizes& sizes, llvm::ScalarEvolution& evolution);

// How many warps may run side by side (jam.h).
struct JamLimits {
  unsigned most = 1;
  uint64_t register_bytes = 0;  // of the host's vector registers, together
  bool anyway = false;          // even where nothing is gained
};

// Adds `void @K.warp(ptr params, ptr block, i32 call)` beside `@K.lane`, whose control flow it may reshape (same
// meaning): it runs warps call * jam to call * jam + jam - 1. All calls of functions with bodies must have been
// inlined.
VectorizeReport vectorize(llvm::Function& lane, const BlockShape& shape, const JamLimits& limits = {});

// Lane mode: the intrinsics of every function of the module become loads from BlockContext and LaneContext and calls of
// qiao_rt_lane_*; loops that may wait for others yield.
void lower_lane_code(llvm::Module& module);

// Clean-up passes over warp code; `host` gives their costs and may be null.
void optimize_warp_code(llvm::Function& warp, llvm::TargetMachine* host);

// The same two for the quick tier (session/tiers.h).
void optimize_lane_code_quickly(llvm::Function& lane, const BlockShape& shape);
void optimize_warp_code_quickly(llvm::Function& warp);

}  // namespace qiao::jit
