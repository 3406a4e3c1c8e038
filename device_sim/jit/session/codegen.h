// LLVM modules into object files, for the host.
#pragma once

#include <memory>

#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include "src/base/result.h"

namespace qiao::jit {

Result<std::unique_ptr<llvm::MemoryBuffer>> generate_object(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace qiao::jit
