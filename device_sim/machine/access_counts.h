// What one warp's access to memory counts as (src/perf/counters.inc): sectors and lines of global memory, wavefronts of
// shared memory. The one place where this is worked out: the interpreter and compiled code call it, and the JIT calls
// it while compiling, for accesses whose lanes lie in a fixed pattern.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "device_sim/machine/block_context.h"
#include "device_sim/machine/distinct_units.h"
#include "src/isa/types.h"

namespace qiao::machine {

inline constexpr uint32_t kSectorBytes = 32;
inline constexpr uint32_t kLineBytes = 128;
inline constexpr uint32_t kBanks = 32;
inline constexpr uint32_t kBankBytes = 4;

// In the counters of a launch (counting_plan.h), sums over the requests of one instruction.
struct GlobalCounts {
  uint64_t requests = 0;
  uint64_t lanes = 0;
  uint64_t sectors = 0;
  uint64_t ideal_sectors = 0;
  uint64_t lines = 0;
  uint64_t footprint_bytes = 0;
  uint64_t misaligned = 0;
  uint64_t unused = 0;
};
struct SharedCounts {
  uint64_t requests = 0;
  uint64_t lanes = 0;
  uint64_t wavefronts = 0;
  uint64_t ideal_wavefronts = 0;
};
struct LocalCounts {
  uint64_t requests = 0;
  uint64_t lanes = 0;
  uint64_t sectors = 0;
};
struct AccessCounts {
  GlobalCounts global;
  SharedCounts shared;
  LocalCounts local;
  uint64_t same_address = 0;       // atomics: the most lanes on one address, added up
  uint64_t most_same_address = 0;  // and the most of all: the one number here that is no sum
  uint64_t unused[7] = {};
  // What compiled code adds without a call, as one vector: GlobalCounts or SharedCounts, as the instruction's space is.
  uint64_t in_line[8] = {};

  // The same with `in_line` where it belongs.
  AccessCounts added_up(isa::StateSpace space) const;
};
inline constexpr uint32_t kAccessSlots = sizeof(AccessCounts) / sizeof(uint64_t);
static_assert(kAccessSlots % 8 == 0 && offsetof(AccessCounts, in_line) % 64 == 0);

// An instruction's access, as compiled code names it.
struct AccessKind {
  uint8_t bytes = 4;                                // of one lane, a power of two up to a sector
  isa::StateSpace space = isa::StateSpace::Global;  // Global, Shared or Local; None: the addresses tell (generic)
  bool atomic = false;

  static AccessKind decode(uint32_t word) {
    return {static_cast<uint8_t>(word), static_cast<isa::StateSpace>(word >> 8 & 0xff), (word >> 16 & 1) != 0};
  }
  uint32_t encode() const { return bytes | static_cast<uint32_t>(space) << 8 | uint32_t{atomic} << 16; }
};

// One request: the lanes of `mask`, which is not 0, access these host addresses, each aligned to its size. Global
// memory in any case.
Distinct count_global(GlobalCounts& counts, uint32_t bytes, const uint64_t* addresses, uint32_t mask,
                      bool wants_on_unit = false);
// The shared window begins at `window`.
Distinct count_shared(SharedCounts& counts, uint32_t bytes, const uint64_t* addresses, uint32_t mask, uint64_t window,
                      bool wants_on_unit = false);

// What the accesses of whole warps to global or shared memory count as whose lanes lie at these distances from the
// first run's scalar, by where that lies in its line (in units of an access): GlobalCounts or SharedCounts, as vectors.
struct AccessRow {
  alignas(64) uint64_t amounts[8] = {};
};
std::vector<AccessRow> access_rows(AccessKind kind, std::span<const int64_t, kWarpLanes> pattern);

// In the space that the kind names or the addresses tell; nothing for an empty mask. Lanes of a generic access that lie
// in several spaces are a request in each.
void count_access(AccessCounts& counts, AccessKind kind, const BlockContext& block, const uint64_t* addresses,
                  uint32_t mask);
// One lane apart from its warp: only lanes are counted.
void count_lane(AccessCounts& counts, AccessKind kind, const BlockContext& block, uint64_t address);

}  // namespace qiao::machine
