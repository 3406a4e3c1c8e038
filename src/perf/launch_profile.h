// What `qiao prof` knows of one finished launch: the machine fills it in, the record file keeps it (design D10).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/perf/counters.h"

namespace qiao::perf {

// How much is counted while kernels run (QIAO_PROF): each level includes those before it. Kernels are compiled for a
// level; at None nothing of it is in their code.
enum class CountLevel : uint8_t {
  None,
  Blocks,  // instructions, branches: what basic blocks add up to
  Memory,  // and every access to memory
};

// One PTX instruction of a kernel, with what it did in this launch.
struct InstructionProfile {
  std::string function;  // where it stands: the kernel or a function it calls, mangled
  std::string text;      // as PTX
  std::string file;      // of the source, from .loc; empty: unknown
  uint32_t line = 0;
  uint32_t ptx_line = 0;
  uint64_t warps = 0;       // executions with an active lane
  uint64_t threads = 0;     // active lanes of these
  uint64_t threads_on = 0;  // of them, those whose guard held
  uint64_t diverged = 0;    // branches
  uint64_t requests = 0;    // accesses: as in counters.inc, for whichever space they went to
  uint64_t sectors = 0;
  uint64_t ideal_sectors = 0;
  uint64_t wavefronts = 0;
  uint64_t ideal_wavefronts = 0;
};

struct LaunchProfile {
  std::string kernel;  // as in the module, mangled
  std::array<uint32_t, 3> grid{1, 1, 1};
  std::array<uint32_t, 3> block{1, 1, 1};
  uint64_t static_shared_bytes = 0;
  uint64_t dynamic_shared_bytes = 0;
  uint64_t local_bytes = 0;  // of a thread
  uint32_t registers = 0;    // of a thread
  bool registers_exact = false;
  std::string chip;      // the device's name in the chip file
  std::string executor;  // "interpreter", "lane", "warp"
  std::string fallback;  // why it was not the one asked for; empty: it was
  CountLevel level = CountLevel::None;
  bool has_warps = false;  // false: lanes ran apart (lane mode), counters of CounterScope::Warp have no value
  bool failed = false;     // the launch ended with a fault: counts are what was reached
  uint64_t start_ns = 0;   // CLOCK_MONOTONIC
  uint64_t wall_ns = 0;    // of the emulation
  std::string range;       // NVTX ranges around the launching call, "outer/inner"; record_profile() fills it in
  CounterValues counters;
  std::vector<InstructionProfile> source;  // filled when source_wanted()
};

// Where a launch comes from: taken by the thread that asks for it, in force (OriginScope) in the thread that runs it.
struct LaunchOrigin {
  uint32_t range = 0;   // of NVTX (ranges.h); 0: none
  bool counted = true;  // false: asked for between cudaProfilerStop and cudaProfilerStart
};
LaunchOrigin launch_origin();

class OriginScope {
 public:
  explicit OriginScope(const LaunchOrigin& origin);
  OriginScope(const OriginScope&) = delete;
  ~OriginScope();

 private:
  LaunchOrigin before_;
};

// Whether anything is or may come to be counted in this process; if not, the calls below need not be made.
bool profiling();

// Asked before each launch, so they are cheap. QIAO_PROF (off, blocks, memory) says how to begin; a launch that is not
// counted is at None.
CountLevel count_level();
bool source_wanted();  // QIAO_PROF_SOURCE=1, read once

// From now on (include/qiao/profiler.h), and what cudaProfilerStop and cudaProfilerStart do.
void set_count_level(CountLevel level);
void pause_counting(bool paused);

// Takes a finished launch (thread-safe): into the record file where QIAO_PROF_RECORD names one, else for
// take_profiles(); and to the observer.
void record_profile(LaunchProfile&& launch);
// What was kept since the last call, in the order in which the launches finished.
std::vector<LaunchProfile> take_profiles();

// Called with each launch, one at a time, in the thread that ran it.
using LaunchObserver = std::function<void(const LaunchProfile&)>;
void observe_launches(LaunchObserver observer);

}  // namespace qiao::perf
