// Random PTX kernels whose results are defined on every executor: no races, no reads of what nobody wrote, warp
// operations only among lanes that are there. The same seed gives the same text.
#pragma once

#include <cstdint>
#include <string>

namespace qiao::fuzz {

enum class Flavour : uint8_t {
  Values,    // straight lines of instructions of the whole table, one third of them predicated
  Control,   // ifs, loops with break and continue, switches, calls, early ends
  Shared,    // control flow, shared and local memory, block barriers, reductions on global memory
  Warp,      // control flow with shuffles, votes, matches and reductions over the lanes of the branch
  FastMath,  // control flow in a kernel that runs in the host's flushing mode
};
inline constexpr Flavour kFlavours[] = {Flavour::Values, Flavour::Control, Flavour::Shared, Flavour::Warp,
                                        Flavour::FastMath};
const char* name_of(Flavour flavour);

// What a kernel `k(.param .u64 in, .param .u64 out)` reads and writes: thread i its record of either buffer, all
// threads the accumulators before the records of `out`.
inline constexpr uint32_t kInWords = 16, kOutWords = 24, kAccumulators = 16;

// `threads_per_block`: of the launch; shared memory and member masks depend on it. At most 256.
std::string random_kernel(uint32_t seed, Flavour flavour, uint32_t threads_per_block);

}  // namespace qiao::fuzz
