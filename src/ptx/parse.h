// Text -> Module. Errors carry line, column, what was found and what was expected ("12:5: found '.fzt', expected ...").
#pragma once

#include <string_view>

#include "src/base/result.h"
#include "src/ptx/module.h"

namespace qiao::ptx {

// Lexes, parses and verifies. A kernel with an instruction outside the table gets Function::unusable instead of failing
// the module; malformed text is Error{InvalidPtx}.
Result<Module> parse(std::string_view text);

}  // namespace qiao::ptx
