// NVRTC's options, as Clang is told them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/compile/clang.h"

namespace qiao::shim {

struct NvrtcOptions {
  compile::Arch arch;
  bool real_arch = false;  // sm_XX: then there is a cubin
  compile::DeviceMath math;
  std::string standard = "-std=c++17";
  bool default_device = false;
  bool relocatable = false;
  bool unoptimised = false;
  compile::Command compile;  // -I -D ...
};

// The error's message is a line for the program's log.
Result<NvrtcOptions> parse_nvrtc(const std::vector<std::string>& options, unsigned default_sm);

// Whether it is --gpu-architecture; the value is behind its "=", or is the option that follows.
bool names_architecture(std::string_view option);

// Architectures that Clang knows.
const std::vector<int>& nvrtc_architectures();

}  // namespace qiao::shim
