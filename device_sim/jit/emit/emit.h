// PTX -> lane code (lane_code.md): writes one kernel, with the device functions it can reach, as LLVM IR for one
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <llvm/IR/Module.h>

#include "device_sim/machine/block_executor.h"
#include "device_sim/machine/kernel_layout.h"
#include "src/base/result.h"

namespace qiao::jit {

struct EmitOptions {
  perf::CountLevel level = perf::CountLevel::None;
  bool unchecked = false;  // no address checks
  bool lines = false;      // instructions carry their PTX lines
};

// The table of run-time addresses of the compiled kernel: an i64 per symbol of the PTX module, then the code base of
// ModuleStorage. The session fills it after linking, so that the object file holds no address of this process.
inline constexpr const char* kAddressTable = "qiao.addresses";

struct LaneCode {
  std::unique_ptr<llvm::Module> module;
  std::string kernel;                // the lane function is <kernel>.lane
  uint64_t local_bytes = 0;          // of a lane's frame, when more than the layout's
  std::vector<machine::Site> sites;  // by the number given to qiao.checked
};

Result<LaneCode> emit_lane_code(const machine::KernelImage& kernel, const EmitOptions& options,
                                llvm::LLVMContext& context);

}  // namespace qiao::jit
