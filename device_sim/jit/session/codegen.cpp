// The code generator's pass manager is still LLVM's old one.
#include "device_sim/jit/session/codegen.h"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include "device_sim/jit/llvm_versions.h"

namespace qiao::jit {

Result<std::unique_ptr<llvm::MemoryBuffer>> generate_object(llvm::Module& module, llvm::TargetMachine& machine) {
  set_target(module, machine);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  llvm::MCContext* context = nullptr;
  if (machine.addPassesToEmitMC(passes, context, stream)) {
    return Error{Code::Unknown, "jit: this host's code generator writes no object files"};
  }
  passes.run(module);
  return std::unique_ptr<llvm::MemoryBuffer>(
      std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), module.getName(), false));
}

}  // namespace qiao::jit
