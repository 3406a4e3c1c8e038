// Checks a parsed module against the instruction table: operand kinds, types against registers, versions. Changes
// nothing.
#pragma once

#include "src/base/result.h"
#include "src/ptx/module.h"

namespace qiao::ptx {

Result<void> verify(const Module& module);

}  // namespace qiao::ptx
