// The command line of qiao bench.
#pragma once

#include <string>
#include <vector>

#include "kernels/bench/host/case.h"
#include "src/base/result.h"

namespace qiao::bench {

struct Options {
  Size size = Size::Full;
  std::vector<std::string> only;  // empty: every row
  std::string compiler;           // "nvcc" or "clang"
  std::string json;               // a file
  std::string clock = "wall";     // or "cpu"
  double seconds = 2;             // each kernel is measured for about this long
  int cpu = -1;                   // the one to be pinned to; -1: the last this process may use
  bool check = false;             // run each kernel once and look at the results alone
  bool list = false;
  bool help = false;

  bool wants(const std::string& row) const;
};

// `arguments` without the program's name.
Result<Options> parse_options(const std::vector<std::string>& arguments);

const char* help_text();

// The PTX text of a module (".cu" file) as `build` made it ("nvcc", "clang-fast"); null when there is none.
const char* find_image(const std::string& module, const std::string& build);

}  // namespace qiao::bench
