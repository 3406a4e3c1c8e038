// The clock of all measurements: the wall's, or the CPU time of this process, which other programs do not lengthen. On
// a quiet machine and one CPU both say the same.
#pragma once

#include <string>

namespace qiao::bench {

// "wall" or "cpu"; false: neither.
bool choose_clock(const std::string& name);

// Seconds, from any start.
double now();
double wall_now();

}  // namespace qiao::bench
