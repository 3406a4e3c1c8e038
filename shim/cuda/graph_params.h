// From the driver API's parameter structs of graph nodes to what the nodes do, and back.
#pragma once

#include "shim/common/graph_works.h"

namespace qiao::shim {

// The context a node names; null: the current one.
Result<std::shared_ptr<runtime::Context>> node_context(CUcontext handle);

Result<runtime::NodeWork> work_of_params(const CUDA_KERNEL_NODE_PARAMS_v1* params);
Result<runtime::NodeWork> work_of_params(const CUDA_KERNEL_NODE_PARAMS_v2* params);
Result<runtime::NodeWork> work_of_params(const CUDA_KERNEL_NODE_PARAMS_v3* params);
Result<runtime::NodeWork> work_of_params(const CUDA_MEMCPY3D* params, CUcontext context);
// CUDA_MEMSET_NODE_PARAMS and its v2.
template <class Params>
Result<runtime::NodeWork> fill_of_params(const Params* params, CUcontext handle) {
  if (params == nullptr) return invalid(Code::InvalidValue, "node parameters are a null pointer");
  Result<std::shared_ptr<runtime::Context>> context = node_context(handle);
  if (!context) return context.error();
  return fill_work(params->dst, params->pitch, params->value, params->elementSize, params->width, params->height,
                   **context);
}
Result<runtime::NodeWork> work_of_params(const CUDA_HOST_NODE_PARAMS* params);
// Any kind but those that are more than their parameters (child graph, memory, conditional).
Result<runtime::NodeWork> work_of_params(const CUgraphNodeParams* params);

Result<void> read_params(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS_v1* params);
Result<void> read_params(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS_v2* params);
Result<void> read_params(CUgraphNode node, CUDA_MEMCPY3D* params);
Result<void> read_params(CUgraphNode node, CUDA_MEMSET_NODE_PARAMS* params);
Result<void> read_params(CUgraphNode node, CUDA_HOST_NODE_PARAMS* params);

}  // namespace qiao::shim
