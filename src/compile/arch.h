// An architecture as the compilers' options name it: sm_80, compute_90a.
#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"

namespace qiao::compile {

struct Arch {
  unsigned sm = 0;
  char suffix = 0;  // 'a', 'f' or none
  std::string name() const { return "sm_" + std::to_string(sm) + (suffix ? std::string(1, suffix) : ""); }
  bool operator==(const Arch&) const = default;
};

Result<Arch> parse_arch(std::string_view text);

}  // namespace qiao::compile
