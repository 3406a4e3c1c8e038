// C++ names for people.
#pragma once

#include <string>

namespace qiao::perf {

// The function's readable name without its argument list ("ns::scan<int, 4>"); `mangled` itself when it is not C++.
std::string demangled_name(const std::string& mangled);

// The same with it, as NVIDIA's profilers print kernels: "saxpy(int, float, float const*, float*)".
std::string demangled_signature(const std::string& mangled);

}  // namespace qiao::perf
