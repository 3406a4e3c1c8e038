// Where a libnvrtc of NVIDIA's may lie.
#pragma once

#include <string>
#include <vector>

namespace qiao::shim {

// Existing files, the best first: those of `major`, then those of other majors, newest first; within one, where the
// loader would look for the program and its libraries, then where toolkits are installed. Never ours.
std::vector<std::string> nvrtc_candidates(int major);

}  // namespace qiao::shim
