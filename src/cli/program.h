// The program to be run: found as the shell would, and looked at before it is started, because the loader silently
// ignores LD_PRELOAD where it cannot work.
#pragma once

#include <filesystem>
#include <string>

#include "src/base/result.h"

namespace qiao::cli {

// `name` itself when it has a "/", else the first executable of that name in PATH.
Result<std::filesystem::path> find_program(const std::string& name);

// Refuses what LD_PRELOAD cannot reach: other machines, 32-bit, statically linked, setuid, file capabilities.
Result<void> check_program(const std::filesystem::path& program);

}  // namespace qiao::cli
