// Several modules -> one: what a device linker does for -rdc programs, and how our own device library gets in.
#pragma once

#include <vector>

#include "src/base/result.h"
#include "src/ptx/module.h"

namespace qiao::ptx {

// Externs find their definitions; a strong definition beats weak and common ones, the first weak one beats the rest.
// Two strong definitions, or a declaration that disagrees with its definition, are an error. What stays undefined stays
// a declaration (vprintf, malloc: the executor's). Names of internal symbols that clash get a suffix `$2`.
Result<Module> link(std::vector<Module> modules);

}  // namespace qiao::ptx
