// Reading the record file of a profiled process (record_layout.h), whether it ended well, was killed or still runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/perf/launch_profile.h"
#include "src/perf/record_layout.h"

namespace qiao::perf {

struct TimeTotals {
  uint64_t count = 0;
  uint64_t ns = 0;
  uint64_t min_ns = 0;
  uint64_t max_ns = 0;
};

struct CallTotals {
  std::string name;
  TimeTotals time;
  uint64_t errors = 0;
};

struct CopyTotals {
  CopyKind kind = CopyKind::Fill;
  TimeTotals time;
  uint64_t bytes = 0;
  uint64_t min_bytes = 0;
  uint64_t max_bytes = 0;
};

struct RangeTotals {
  std::string path;
  TimeTotals time;
};

// All launches of a kernel, also those that the log had no room for.
struct RecordedKernel {
  std::string name;
  TimeTotals time;
  uint64_t without_warps = 0;
  CountLevel lowest_level = CountLevel::None;
  CounterValues counters;
};

struct Recording {
  std::vector<std::string> command;
  uint32_t pid = 0;
  uint32_t parent = 0;
  uint64_t start_ns = 0;
  uint64_t start_unix_ns = 0;
  uint64_t launches = 0;
  uint64_t dropped = 0;  // of them: only in `kernels`
  bool ended = false;    // by exit; else killed, crashed, replaced by exec, or still running
  bool torn = false;     // the log breaks off where it should not: what came before is here
  uint64_t allocated_peak = 0;
  TimeTotals compiled;
  uint64_t found = 0;  // kernels that were in the disk cache
  std::vector<RecordedKernel> kernels;
  std::vector<CallTotals> calls;
  std::vector<CopyTotals> copies;
  std::vector<RangeTotals> ranges;
};

// Launches go to `each`, in the order in which they finished.
Result<Recording> read_recording(const std::string& path, const std::function<void(LaunchProfile&&)>& each);

// How far a process is: launches finished, and the total time of emulation.
struct RecordingProgress {
  uint32_t pid = 0;
  uint64_t launches = 0;
  uint64_t emulation_ns = 0;
};
Result<RecordingProgress> read_progress(const std::string& path);

const char* name_of(CopyKind kind);  // "[CUDA memcpy HtoD]", as nvprof has it

}  // namespace qiao::perf
