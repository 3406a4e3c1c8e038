// The Clang commands that turn CUDA C++ into PTX, with Qiao's own headers and device math.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/compile/arch.h"

namespace qiao::compile {

using Command = std::vector<std::string>;

struct Toolchain {
  std::string clang;
  std::filesystem::path include;
  std::filesystem::path libdevice;
};

// `who` needs it: a name for the message when something is missing.
Result<Toolchain> find_toolchain(const std::string& who);

// How exact device arithmetic is; nvcc's -use_fast_math is all of it (and does not assume that there are no NaNs).
struct DeviceMath {
  bool approximate = false;  // sinf and its like
  bool flush = false;        // -ftz
  bool exact_divide = true;
  bool exact_root = true;
  bool contract = true;  // -fmad
};

struct DeviceSource {
  std::string file;
  std::string standard = "-std=c++17";
  Arch arch;
  DeviceMath math;
  std::string optimise = "-O3";
  Command options;  // -I -D ...
  std::filesystem::path ptx;
};

// What the host's and the device's compilation of a CUDA file have in common, source included.
Command cuda_command(const Toolchain& tools, const std::string& standard, const Command& options,
                     const std::string& file);

Command device_command(const Toolchain& tools, const DeviceSource& source);

}  // namespace qiao::compile
