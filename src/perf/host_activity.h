// What a profiled program does on the host: calls of CUDA's functions, copies, memory, compiled kernels. Goes into the
// record file of the process; without one nothing is kept, and `host_recorded` is all that is read.
#pragma once

#include <cstdint>

#include "src/perf/record_layout.h"

namespace qiao::perf {

extern const bool host_recorded;  // QIAO_PROF_RECORD is set

uint64_t host_ns();  // CLOCK_MONOTONIC

// A call that began at `start_ns` and ends now. `key`: the same for all calls of the function, and for them alone.
void record_call(const void* key, const char* name, uint64_t start_ns, bool failed);
void record_copy(CopyKind kind, uint64_t bytes, uint64_t start_ns);
// Device memory that the program has from now on, or (negative) no more.
void record_allocated(int64_t bytes);
void record_compiled(uint64_t start_ns);
void record_found();  // in the disk cache instead

}  // namespace qiao::perf
