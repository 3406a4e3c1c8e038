// What the benchmark does in a process of its own; see process.h.
#pragma once

#include <string>
#include <vector>

namespace qiao::bench {

// `words`: the clock, what to do, and its arguments.
//   first KERNEL BUILD         seconds of the first launch, module included, beyond a later one
//   rate KERNEL BUILD SIZE SECONDS CPUS   best seconds of a run
//   memory                     bytes resident after a first launch beyond what was before and the program's own
// Prints the number; returns the exit code.
int child_main(const std::vector<std::string>& words);

}  // namespace qiao::bench
