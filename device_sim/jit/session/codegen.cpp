// The code generator's pass manager is still LLVM's old one.
#include "device_sim/jit/session/codegen.h"

#include <llvm/IR/DiagnosticHandler.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include "device_sim/jit/llvm_versions.h"

namespace qiao::jit {
namespace {

// LLVM tells frame sizes as a warning; whatever else it has to say is printed as it would be.
struct FrameWatch : llvm::DiagnosticHandler {
  explicit FrameWatch(bool& too_large) : too_large(too_large) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (info.getKind() != llvm::DK_StackSize) return false;
    too_large = true;
    return true;
  }
  bool& too_large;
};

}  // namespace

Result<std::unique_ptr<llvm::MemoryBuffer>> generate_object(llvm::Module& module, llvm::TargetMachine& machine,
                                                            uint64_t most_frame_bytes) {
  set_target(module, machine);
  bool too_large = false;
  if (most_frame_bytes != 0) {
    module.getContext().setDiagnosticHandler(std::make_unique<FrameWatch>(too_large));
    for (llvm::Function& function : module) function.addFnAttr("warn-stack-size", std::to_string(most_frame_bytes));
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  llvm::MCContext* context = nullptr;
  if (machine.addPassesToEmitMC(passes, context, stream)) {
    return Error{Code::Unknown, "jit: this host's code generator writes no object files"};
  }
  passes.run(module);
  if (most_frame_bytes != 0) module.getContext().setDiagnosticHandler(nullptr);
  if (too_large) return std::unique_ptr<llvm::MemoryBuffer>();
  return std::unique_ptr<llvm::MemoryBuffer>(
      std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), module.getName(), false));
}

}  // namespace qiao::jit
