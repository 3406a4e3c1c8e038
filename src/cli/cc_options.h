// The command line of `qiao cc`: nvcc's spelling of the options that make sense here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/compile/arch.h"

namespace qiao::cli {

using CcArch = compile::Arch;

enum class CcGoal { Link, Object, Ptx };

struct CcOptions {
  std::vector<std::string> inputs;
  std::string output;
  CcGoal goal = CcGoal::Link;
  std::vector<CcArch> archs;  // at least one after parsing
  std::string optimise = "-O3";
  std::string standard = "-std=c++17";
  bool shared = false;
  bool host_debug = false;
  bool device_debug = false;
  bool fast_math = false;
  bool contract = true;   // -fmad
  bool all_cuda = false;  // -x cu
  bool verbose = false;
  bool dry_run = false;
  bool help = false;
  std::vector<std::string> compile;  // -I -D -U -include -W...: for every compilation
  std::vector<std::string> host;     // -Xcompiler
  std::vector<std::string> link;     // -L -l -Xlinker
};

// `arguments` without the verb.
Result<CcOptions> parse_cc(const std::vector<std::string>& arguments);

std::string_view cc_help();

}  // namespace qiao::cli
