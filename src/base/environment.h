// Reading QIAO_* and CUDA_* environment variables: the one place that calls getenv.
#pragma once

#include <optional>
#include <string>

namespace qiao {

// The variable's value, or nothing when it is unset or empty.
std::optional<std::string> environment(const char* name);

}  // namespace qiao
