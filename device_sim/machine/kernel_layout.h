// Where the variables of a kernel live: settled by the machine when the module is loaded, read by every executor.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/ptx/module.h"

namespace qiao::machine {

inline constexpr uint64_t kNoOffset = ~uint64_t{0};

// Module scope: one entry per ptx::Module::symbols.
//   .global, .const variables: their host address in the arena (= their generic address);
//   functions: a code handle (see function_handle below), the value which `mov.u64 r, f` yields;
//   .shared variables and declarations without a body: kNoOffset (shared offsets depend on the kernel).
struct ModuleStorage {
  std::vector<uint64_t> symbol_address;
  // The value of a function's address: code_base + kHandleStride * index in Module::functions. The range is arena that
  // is never committed, so that a load through a function pointer faults.
  uint64_t code_base = 0;
  static constexpr uint64_t kHandleStride = 16;

  uint64_t function_handle(uint32_t function_index) const { return code_base + kHandleStride * function_index; }
};

// Offsets of Function::locals (same index), kNoOffset where a variable has none:
//   .shared: in the block's shared window; .local: in the lane's local frame; parameters of the entry: in the
//   parameter buffer. Parameters and results of device functions are the executor's own business.
struct FunctionLayout {
  std::vector<uint64_t> local_offset;
};

struct KernelLayout {
  // Module scope .shared variables (index = SymbolId): offset in the shared window, kNoOffset when not reachable.
  // Extern (dynamic) ones all start at dynamic_shared_offset.
  std::vector<uint64_t> shared_offset;
  // Functions the kernel can reach, itself included (calls, and functions whose address is taken); key = index in
  // Module::functions.
  std::unordered_map<uint32_t, FunctionLayout> functions;
  uint64_t static_shared_bytes = 0;
  uint64_t dynamic_shared_offset =
      0;                     // static_shared_bytes rounded up to the strictest dynamic alignment (at least 16)
  uint64_t local_bytes = 0;  // of one lane's frame; every reachable function has its own part of it
  uint64_t const_bytes = 0;
  // Every f32 instruction which it can reach and which subnormals would change has .ftz, and nothing else would notice:
  // all executors run it while the host's floating-point unit flushes (float_mode.h).
  bool flushes_subnormals = false;
  std::vector<uint32_t> address_taken;  // functions a call through a register may mean; empty when there is none
  bool recursive = false;  // a call cycle is reachable: the .local variables of its functions would overlap
  std::vector<uint32_t> param_offsets;
  std::vector<uint32_t> param_sizes;
  uint32_t param_bytes = 0;
};

// One kernel as executors see it; lives as long as the loaded module.
struct KernelImage {
  std::shared_ptr<const ptx::Module> module;
  const ptx::Function* function = nullptr;
  uint32_t function_index = 0;
  std::shared_ptr<const ModuleStorage> storage;
  KernelLayout layout;
};

// Functions without a body (vprintf, malloc ...) count as reachable: whether they can be called is the executor's to
// say.
KernelLayout lay_out_kernel(const ptx::Module& module, uint32_t function_index);

}  // namespace qiao::machine
