// From the runtime API's parameter structs of graph nodes to what the nodes do, and back. The structs of single calls
// and those of cudaGraphNodeParams (their names end in V2) are laid out alike.
#pragma once

#include "shim/common/graph_works.h"

namespace qiao::shim {

Result<runtime::NodeWork> work_of_params(const cudaKernelNodeParams* params, runtime::Context& context);
Result<runtime::NodeWork> work_of_params(const cudaMemcpy3DParms* parms, runtime::Context& context);
Result<runtime::NodeWork> work_of_params(const cudaMemsetParams* params, runtime::Context& context);
Result<runtime::NodeWork> work_of_params(const cudaHostNodeParams* params, runtime::Context& context);
// Any kind but those that are more than their parameters (child graph, memory, conditional).
Result<runtime::NodeWork> work_of_params(const cudaGraphNodeParams* params, runtime::Context& context);

// A linear copy, also from or to a symbol.
struct LinearCopy {
  void* to = nullptr;
  const void* from = nullptr;
  const void* to_symbol = nullptr;
  const void* from_symbol = nullptr;
  size_t bytes = 0;
  size_t offset = 0;
  cudaMemcpyKind kind = cudaMemcpyDefault;
};
Result<runtime::NodeWork> linear_work(const LinearCopy& copy, runtime::Context& context);

Result<void> read_params(CUgraphNode node, cudaKernelNodeParams* params);
Result<void> read_params(CUgraphNode node, cudaMemcpy3DParms* parms);
Result<void> read_params(CUgraphNode node, cudaMemsetParams* params);
Result<void> read_params(CUgraphNode node, cudaHostNodeParams* params);

}  // namespace qiao::shim
