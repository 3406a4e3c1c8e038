// From a program counter to a PTX line, for faults that only a signal tells of. Kernels are compiled without lines; who
// wants one compiles again with them, and the answer counts only if that gave the same code.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "device_sim/jit/session/object_linker.h"

namespace llvm {
class Module;
}

namespace qiao::jit {

// Before code is generated: functions are given what debug information needs, and each instruction keeps its line.
void settle_lines(llvm::Module& module);

// The line of the instruction at `pc` in the code at `running`, by the object file, made with lines. Nothing when its
// code is another, or there is no line at this place.
std::optional<uint32_t> line_at(std::string_view object, CodeRange running, uint64_t pc);

}  // namespace qiao::jit
