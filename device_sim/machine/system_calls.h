// What CUDA's device library leaves to the system: the functions that PTX calls and no module defines. One list for all
// executors; a kernel that reaches any other function without a body is refused by its name.
#pragma once

#include <string_view>
#include <vector>

namespace qiao::machine {

struct SystemCall {
  std::string_view name;
  const char* lane_name;  // in runtime_calls.inc
  unsigned result_bits;   // 0: none
  std::vector<unsigned> argument_bits;
  bool fatal;  // every lane says where it stands (threadIdx is passed behind the arguments), then the launch ends
};

const SystemCall* find_system_call(std::string_view name);  // null: none of them

}  // namespace qiao::machine
