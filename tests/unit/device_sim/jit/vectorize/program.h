// Random structured lane code: nested ifs and loops, breaks over several levels, continues, returns, switches, memory,
// atomics and warp operations. The same seed gives the same program.
#pragma once

#include <cstdint>
#include <string>

namespace qiao::test {

struct ProgramOptions {
  bool warp_operations = true;
  bool barriers = false;  // anywhere; each names a barrier of its own
  bool apart = false;     // no warp looks at what another has written (blocks of up to 256 threads, two of them)
};
std::string random_program(uint32_t seed, ProgramOptions options);

}  // namespace qiao::test
