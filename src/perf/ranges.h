// The NVTX ranges open on each thread, as paths "outer/inner", so that launches can tell where they were asked for
// (shim/nvtx fills them).
#pragma once

#include <cstdint>
#include <string>

namespace qiao::perf {

// A name below `parent` (0: none), always the same number for the same path.
uint32_t range_below(uint32_t parent, const std::string& name);
std::string range_path(uint32_t range);  // "" for 0

// The innermost range of the calling thread.
uint32_t current_range();
// Ranges nest in each thread and, of NVTX's domains, in each by itself: push and pop answer how many of the domain are
// open around the range that begins or ends. -1: there was none to end.
int push_range(const std::string& name, const void* domain = nullptr);
int pop_range(const void* domain = nullptr);

// Start/end ranges may end in another thread, so they do not nest: `name` is a path of its own. 0 is no range.
uint64_t start_range(const std::string& name);
void end_range(uint64_t started);

// A point in time: only counted.
void mark_range(const std::string& name);

}  // namespace qiao::perf
