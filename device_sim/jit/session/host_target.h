// The host as a compilation target: its CPU with all features it reports, and LLVM's target machine for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <llvm/Target/TargetMachine.h>

#include "src/base/result.h"

namespace qiao::jit {

struct HostCpu {
  std::string triple;
  std::string name;      // "znver4"
  std::string features;  // "+avx512f,..."
};

const HostCpu& host_cpu();

// A new one for each compilation: they are not thread-safe.
Result<std::unique_ptr<llvm::TargetMachine>> make_target_machine(
    llvm::CodeGenOptLevel level = llvm::CodeGenOptLevel::Default);

// Bytes that the target's vector registers hold together.
uint64_t vector_register_bytes(llvm::TargetMachine& machine, const llvm::Function& function);

}  // namespace qiao::jit
