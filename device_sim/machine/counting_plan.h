// What of a kernel is counted, and where: a slab of 64-bit counters for each worker, and for each instruction of the
// kernel the places in it. Made from the PTX alone, so that whoever counts and whoever adds up agree without a word.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "device_sim/machine/access_counts.h"
#include "device_sim/machine/kernel_layout.h"
#include "src/perf/launch_profile.h"

namespace qiao::machine {

inline constexpr uint32_t kNoSlot = ~0u;

struct CountedInstruction {
  uint32_t function = 0;  // index in Module::functions
  const ptx::Instruction* instruction = nullptr;
  uint32_t executed =
      kNoSlot;  // two slots: {executions by warps, active lanes}; may be shared with its neighbours; none: unreachable
  uint32_t guarded = kNoSlot;   // lanes whose guard holds
  uint32_t diverged = kNoSlot;  // branches: executions whose lanes go more than one way
  uint32_t access = kNoSlot;    // AccessCounts; of cp.async: its load
  uint32_t stored = kNoSlot;    // AccessCounts of cp.async's store
  uint32_t failed = kNoSlot;    // compare-and-swap: lanes whose comparison failed
  AccessKind kind;              // of the access
  AccessKind stored_kind;
  uint32_t stretch = 0;  // instructions from here on that share `executed`; 0: not the first of them
};

// What the instructions that single warps execute come to, in three slots.
struct WarpCounts {
  uint64_t most = 0;          // of a warp
  uint64_t fewest_short = 0;  // by how much 2^63 exceeds the fewest of a warp
  uint64_t absent_lanes = 0;  // inst.absent_lanes
};

class CountingPlan {
 public:
  // Each: every instruction has its own `executed` (the interpreter's way, which takes nothing for granted). Stretch:
  // neighbours share one until lanes may come or go: at a block's end, and behind a call, as who is called may exit.
  enum class Grain : uint8_t { Each, Stretch };

  CountingPlan(const KernelImage& kernel, perf::CountLevel level, Grain grain);

  const CountedInstruction& of(uint32_t function, uint32_t instruction) const {
    return rows_[first_row_[function] + instruction];
  }
  // Function by function, ascending in Module::functions; instructions in the order of the text.
  std::span<const CountedInstruction> rows() const { return rows_; }
  // Where WarpCounts begin; none: warps are not counted one by one.
  uint32_t warps() const { return warps_; }
  uint32_t slots() const { return slots_; }  // of the slab; its start is to be aligned to 64 bytes
  // Adds one worker's slab to another.
  void merge(std::span<uint64_t> into, std::span<const uint64_t> from) const;

 private:
  uint32_t take(uint32_t slots, uint32_t alignment = 1);
  void add_access(CountedInstruction& row);

  std::shared_ptr<const ptx::Module> module_;  // whose instructions the rows name
  std::vector<CountedInstruction> rows_;
  std::vector<uint32_t> first_row_;  // by function
  uint32_t warps_ = kNoSlot;
  uint32_t slots_ = 0;
};

}  // namespace qiao::machine
