// Per-kernel resources from a cubin: what ptxas decided and PTX cannot say (registers above all). For occupancy and
// cudaFuncAttributes; the machine code itself is never looked at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/fatbin/bytes.h"

namespace qiao::fatbin {

struct KernelResources {
  std::string name;                 // mangled, as in PTX
  std::uint32_t registers = 0;      // per thread; "Used N registers" of ptxas -v
  std::uint32_t static_shared = 0;  // bytes per block, without what the system reserves
  std::uint32_t local_bytes = 0;    // stack per thread, callees included where ptxas knows them
  std::uint32_t max_threads = 0;    // __launch_bounds__ (or .reqntid): x*y*z; 0 = not said
};

struct Cubin {
  std::uint32_t sm = 0;
  std::vector<KernelResources> kernels;

  const KernelResources* find(std::string_view name) const;
};

Result<Cubin> read_cubin(Bytes bytes);

}  // namespace qiao::fatbin
