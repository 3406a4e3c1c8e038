// `qiao cache warm`, whose options are those of run: what is compiled depends on them.
#pragma once

#include <string>
#include <vector>

#include "src/cli/run_environment.h"

namespace qiao::cli {

int warm(const std::vector<std::string>& command, const RunOptions& options, bool as_json);

}  // namespace qiao::cli
