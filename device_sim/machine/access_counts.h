// What one warp's access to memory counts as (src/perf/counters.inc): sectors and lines of global memory, wavefronts of
// shared memory. The one place where this is worked out: the interpreter and compiled code call it, and the JIT calls
// it while compiling, for accesses whose lanes lie in a fixed pattern.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "device_sim/machine/block_context.h"
#include "src/isa/types.h"

namespace qiao::machine {

inline constexpr uint32_t kSectorBytes = 32;
inline constexpr uint32_t kLineBytes = 128;
inline constexpr uint32_t kBanks = 32;
inline constexpr uint32_t kBankBytes = 4;

// In the counters of a launch (counting_plan.h), sums over the requests of one instruction. Compiled code adds to each
// of the first two structs as one vector.
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
  uint64_t unused[7] = {};         // a multiple of the vectors above
};
inline constexpr uint32_t kAccessSlots = sizeof(AccessCounts) / sizeof(uint64_t);
static_assert(kAccessSlots % 8 == 0 && offsetof(AccessCounts, shared) == 64);

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

// Working memory of one thread that counts, kept from request to request so that nothing has to be cleared.
class AccessScratch {
 public:
  // A key that occurs in the request at hand, with what is noted of it.
  struct Slot {
    uint64_t key = 0;
    uint64_t request = 0;
    uint64_t low = 0;
    uint64_t high = 0;
  };

  void begin_request();
  Slot& at(uint64_t key);  // zeros when the key is new
  std::span<Slot* const> distinct() const { return {distinct_.data(), count_}; }

  // What requests of one launch counted: lanes that lie in the same runs, beginning at the same place of a line, count
  // the same again.
  struct Known {
    uint64_t launch = 0;
    const void* counts = nullptr;
    uint64_t distances[3] = {};  // of the runs from the first
    uint32_t mask = 0;
    uint32_t start = 0;
    alignas(64) uint64_t amounts[8] = {};
  };
  void begin_launch() { ++launch_; }
  uint64_t launch() const { return launch_; }
  Known& known(const void* counts, uint32_t start, uint32_t mask);

 private:
  static constexpr uint32_t kSlots = 1024;  // a request has up to 256 words
  static constexpr uint32_t kKnown = 512;

  uint64_t request_ = 0;
  uint64_t launch_ = 1;
  uint32_t count_ = 0;
  std::array<Slot, kSlots> slots_{};
  std::array<Slot*, kWarpLanes * kSectorBytes / kBankBytes> distinct_{};
  std::array<Known, kKnown> known_{};
};

// One request: the lanes of `mask`, which is not 0, access these host addresses, each aligned to its size. Global
// memory in any case.
void count_global(GlobalCounts& counts, uint32_t bytes, const uint64_t* addresses, uint32_t mask,
                  AccessScratch& scratch);
// Offsets in the shared window.
void count_shared(SharedCounts& counts, uint32_t bytes, const uint64_t* offsets, uint32_t mask, AccessScratch& scratch);

// In the space that the kind names or the addresses tell; nothing for an empty mask. Lanes of a generic access that lie
// in several spaces are a request in each.
void count_access(AccessCounts& counts, AccessKind kind, const BlockContext& block, const uint64_t* addresses,
                  uint32_t mask, AccessScratch& scratch);
// One lane apart from its warp: only lanes are counted.
void count_lane(AccessCounts& counts, AccessKind kind, const BlockContext& block, uint64_t address);

}  // namespace qiao::machine
