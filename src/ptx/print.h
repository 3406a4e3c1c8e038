// Module -> PTX text. parse(print(m)) gives m again, but for locations, source lines and comments.
#pragma once

#include <string>

#include "src/ptx/module.h"

namespace qiao::ptx {

std::string print(const Module& module);
// One instruction, "add.s32 %r1, %r2, 1", for messages and listings.
std::string print(const Module& module, const Function& function, const Instruction& instruction);

}  // namespace qiao::ptx
