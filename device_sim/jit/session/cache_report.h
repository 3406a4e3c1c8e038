// QIAO_CACHE_REPORT=<file>: a line for each kernel that was looked for in the disk cache, for `qiao cache warm`:
// "found|compiled|lost EXECUTOR SHAPE KERNEL"; lost: compiled, but it could not be kept.
#pragma once

#include <string>

namespace qiao::jit {

void report_cached(const char* result, const std::string& executor, const std::string& shape,
                   const std::string& kernel);

}  // namespace qiao::jit
