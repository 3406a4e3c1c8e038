// Operations that LLVM's code generator would take apart lane by lane, written in forms that it keeps whole.
#pragma once

#include <string_view>

#include <llvm/IR/Module.h>

namespace qiao::jit {

// `features`: the host's, as HostCpu has them. The last pass before code generation: LLVM's own would undo it.
void use_host_forms(llvm::Module& module, std::string_view features);

}  // namespace qiao::jit
