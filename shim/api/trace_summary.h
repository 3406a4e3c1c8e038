// What a traced program called, how often, what failed and what is not supported: what it lacks, in one table.
#pragma once

#include "shim/api/trace.h"

namespace qiao::shim {

void count_call(const char* library, const char* symbol, uint64_t nanoseconds, const std::string& result,
                TracedCall::End end);

// At exit; one JSON object per line, or a table.
std::vector<std::string> summary_lines(bool json);

}  // namespace qiao::shim
