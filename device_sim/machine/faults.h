// What can end a kernel early, as C++ executors raise it: the fault is recorded for the launch and all its workers
// stop. The first fault wins. Compiled code uses the qiao_rt_* forms, which leave the fiber instead of returning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "device_sim/machine/block_context.h"
#include "src/base/error.h"

namespace qiao::machine {

inline constexpr uint32_t kNoSite = ~0u;
inline constexpr uint32_t kNoLane = ~0u;

// Whether an access of `bytes` (a power of two) at `address` is good: aligned, and inside the arena or registered host
// memory. If not: raises the fault and returns false, the caller returns from its run_* at once.
bool check_access(BlockContext& block, uint64_t address, uint64_t bytes, uint32_t site, uint32_t lane = kNoLane);

// Ends the launch with `code` and this line (what happened, without kernel and block, which are added).
void raise_fault(BlockContext& block, Code code, std::string what, uint32_t site = kNoSite, uint32_t lane = kNoLane);

// Why code ends its own launch, and what the context and the person are told.
enum class TrapReason : uint32_t { Trap, NoTarget, NoFunction, NullFunction, PureVirtual, NoStack };
inline constexpr std::string_view kPureVirtual = "__cxa_pure_virtual";  // what vtables name where there is no function
struct TrapMeaning {
  Code code;
  const char* text;
};
TrapMeaning meaning_of(TrapReason reason);

// Whether the watchdog wants the launch to end: then the fault is raised here.
bool overtime(BlockContext& block, uint32_t site, uint32_t lane);

// Whether the launch is being stopped (a fault of any worker): C++ executors poll this in loops and return.
bool stopping(const BlockContext& block);

}  // namespace qiao::machine
