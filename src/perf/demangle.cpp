#include "src/perf/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace qiao::perf {
namespace {

// Where the argument list opens: the last "(" at depth 0, counted from the end, template brackets skipped.
std::size_t argument_list(const std::string& name) {
  int depth = 0;
  for (std::size_t at = name.size(); at-- > 0;) {
    if (name[at] == ')') ++depth;
    if (name[at] == '(' && --depth == 0) return at;
  }
  return std::string::npos;
}

// Template functions demangle with their return type in front: "void scan<int>".
std::size_t after_return_type(const std::string& name) {
  int depth = 0;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '<' || name[at] == '(') ++depth;
    if (name[at] == '>' || name[at] == ')') --depth;
    if (name[at] == ' ' && depth == 0) return at + 1;
  }
  return 0;
}

}  // namespace

std::string demangled_signature(const std::string& mangled) {
  if (!mangled.starts_with("_Z")) return mangled;  // a kernel named "f" is no float
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status),
                                                   &std::free);
  return status != 0 || text == nullptr ? mangled : text.get();
}

std::string demangled_name(const std::string& mangled) {
  std::string name = demangled_signature(mangled);
  if (name == mangled) return mangled;
  std::size_t open = argument_list(name);
  if (open == std::string::npos) return name;
  name.resize(open);
  std::size_t start = after_return_type(name);
  return start < name.size() ? name.substr(start) : name;
}

}  // namespace qiao::perf
