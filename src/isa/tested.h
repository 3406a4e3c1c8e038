// Which rows of the instruction table have a test file in tests/ptx. Read off those files at build time, by a library of
// its own: a new test rebuilds nothing else.
#pragma once

#include "src/isa/form.h"

namespace qiao::isa {

bool is_tested(const Form& form);

}  // namespace qiao::isa
