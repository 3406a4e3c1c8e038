// The nodes of graphs of the driver API: adding them, reading and changing their parameters.
#include "shim/common/graph_nodes.h"
#include "shim/cuda/graph_params.h"

namespace qiao::shim {
namespace {

using Node = CUgraphNode;

Error no_params() {
  return invalid(Code::InvalidValue, "node parameters are a null pointer");
}

CUresult add(const NodePlace& place, Result<runtime::NodeWork> work, CUcontext handle = nullptr) {
  if (!work) return driver_answer(work.error());
  Result<std::shared_ptr<runtime::Context>> context = node_context(handle);
  if (!context) return driver_answer(context.error());
  return driver_answer(
      add_node(place.out, place.graph, place.after, place.data, place.count, *std::move(work), **context));
}

CUresult change(Node node, Result<runtime::NodeWork> work) {
  if (!work) return driver_answer(work.error());
  if (std::holds_alternative<runtime::KernelWork>(*work)) {
    if (Result<void> kept = keep_attributes(node, *work); !kept) return driver_answer(kept);
  }
  return driver_answer(set_node_work(node, *std::move(work)));
}

// The context of a node that is to change.
CUcontext context_of(Node handle) {
  Result<std::shared_ptr<runtime::GraphNode>> node = node_of(handle);
  return node ? reinterpret_cast<CUcontext>(&(*node)->context()) : nullptr;
}

// CUDA_MEM_ALLOC_NODE_PARAMS and its v2.
template <class Params>
CUresult add_memory(const NodePlace& place, Params* params) {
  if (params == nullptr) return driver_answer(no_params());
  const CUmemPoolProps& pool = params->poolProps;
  AllocationFields fields{.plain = pool.allocType == CU_MEM_ALLOCATION_TYPE_PINNED &&
                                   pool.location.type == CU_MEM_LOCATION_TYPE_DEVICE &&
                                   pool.handleTypes == CU_MEM_HANDLE_TYPE_NONE,
                          .device = pool.location.id,
                          .bytes = params->bytesize};
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    if (Result<void> added = add_allocation(place, fields, context); !added) return added;
    params->dptr = fields.address;
    return {};
  });
}

CUresult add_any(const NodePlace& place, CUgraphNodeParams* params) {
  if (params == nullptr) return driver_answer(no_params());
  switch (params->type) {
    case CU_GRAPH_NODE_TYPE_GRAPH:
      return in_driver_context([&](runtime::Context& context) {
        const bool move = params->graph.ownership == CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE;
        return add_child(place.out, place.graph, place.after, place.data, place.count, params->graph.graph, move,
                         context);
      });
    case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
      return add_memory(place, &params->alloc);
    case CU_GRAPH_NODE_TYPE_MEM_FREE:
      return in_driver_context(
          [&](runtime::Context& context) { return add_release(place, params->free.dptr, context); });
    case CU_GRAPH_NODE_TYPE_CONDITIONAL: {
      CUDA_CONDITIONAL_NODE_PARAMS& what = params->conditional;
      return in_driver_context([&](runtime::Context& context) {
        return add_conditional(place, what.handle, what.type, what.size, &what.phGraph_out, context);
      });
    }
    default:
      return add(place, work_of_params(params));
  }
}

}  // namespace

// clang-format off
CUresult Driver::cuGraphAddKernelNode(Node* out, CUgraph graph, const Node* after, size_t count, const CUDA_KERNEL_NODE_PARAMS_v1* params) { return add({out, graph, after, nullptr, count}, work_of_params(params)); }
CUresult Driver::cuGraphAddKernelNode_v2(Node* out, CUgraph graph, const Node* after, size_t count, const CUDA_KERNEL_NODE_PARAMS* params) { return add({out, graph, after, nullptr, count}, work_of_params(params)); }
CUresult Driver::cuGraphAddMemcpyNode(Node* out, CUgraph graph, const Node* after, size_t count, const CUDA_MEMCPY3D* params, CUcontext context) { return add({out, graph, after, nullptr, count}, work_of_params(params, context), context); }
CUresult Driver::cuGraphAddMemsetNode(Node* out, CUgraph graph, const Node* after, size_t count, const CUDA_MEMSET_NODE_PARAMS* params, CUcontext context) { return add({out, graph, after, nullptr, count}, fill_of_params(params, context), context); }
CUresult Driver::cuGraphAddHostNode(Node* out, CUgraph graph, const Node* after, size_t count, const CUDA_HOST_NODE_PARAMS* params) { return add({out, graph, after, nullptr, count}, work_of_params(params)); }
CUresult Driver::cuGraphAddEmptyNode(Node* out, CUgraph graph, const Node* after, size_t count) { return add({out, graph, after, nullptr, count}, runtime::NodeWork(runtime::EmptyWork{})); }
CUresult Driver::cuGraphAddEventRecordNode(Node* out, CUgraph graph, const Node* after, size_t count, CUevent event) { return add({out, graph, after, nullptr, count}, event_work(true, event)); }
CUresult Driver::cuGraphAddEventWaitNode(Node* out, CUgraph graph, const Node* after, size_t count, CUevent event) { return add({out, graph, after, nullptr, count}, event_work(false, event)); }
CUresult Driver::cuGraphAddChildGraphNode(Node* out, CUgraph graph, const Node* after, size_t count, CUgraph child) { return in_driver_context([&](runtime::Context& context) { return add_child(out, graph, after, nullptr, count, child, false, context); }); }
CUresult Driver::cuGraphAddMemAllocNode(Node* out, CUgraph graph, const Node* after, size_t count, CUDA_MEM_ALLOC_NODE_PARAMS* params) { return add_memory({out, graph, after, nullptr, count}, params); }
CUresult Driver::cuGraphAddMemFreeNode(Node* out, CUgraph graph, const Node* after, size_t count, CUdeviceptr pointer) { return in_driver_context([&](runtime::Context& context) { return add_release({out, graph, after, nullptr, count}, pointer, context); }); }
CUresult Driver::cuGraphAddNode(Node* out, CUgraph graph, const Node* after, size_t count, CUgraphNodeParams* params) { return add_any({out, graph, after, nullptr, count}, params); }
CUresult Driver::cuGraphAddNode_v2(Node* out, CUgraph graph, const Node* after, const CUgraphEdgeData* data, size_t count, CUgraphNodeParams* params) { return add_any({out, graph, after, data, count}, params); }

CUresult Driver::cuGraphKernelNodeGetParams(Node node, CUDA_KERNEL_NODE_PARAMS_v1* params) { return driver_answer(read_params(node, params)); }
CUresult Driver::cuGraphKernelNodeGetParams_v2(Node node, CUDA_KERNEL_NODE_PARAMS* params) { return driver_answer(read_params(node, params)); }
CUresult Driver::cuGraphMemcpyNodeGetParams(Node node, CUDA_MEMCPY3D* params) { return driver_answer(read_params(node, params)); }
CUresult Driver::cuGraphMemsetNodeGetParams(Node node, CUDA_MEMSET_NODE_PARAMS* params) { return driver_answer(read_params(node, params)); }
CUresult Driver::cuGraphHostNodeGetParams(Node node, CUDA_HOST_NODE_PARAMS* params) { return driver_answer(read_params(node, params)); }

CUresult Driver::cuGraphKernelNodeSetParams(Node node, const CUDA_KERNEL_NODE_PARAMS_v1* params) { return change(node, work_of_params(params)); }
CUresult Driver::cuGraphKernelNodeSetParams_v2(Node node, const CUDA_KERNEL_NODE_PARAMS* params) { return change(node, work_of_params(params)); }
CUresult Driver::cuGraphMemcpyNodeSetParams(Node node, const CUDA_MEMCPY3D* params) { return change(node, work_of_params(params, context_of(node))); }
CUresult Driver::cuGraphMemsetNodeSetParams(Node node, const CUDA_MEMSET_NODE_PARAMS* params) { return change(node, fill_of_params(params, context_of(node))); }
CUresult Driver::cuGraphHostNodeSetParams(Node node, const CUDA_HOST_NODE_PARAMS* params) { return change(node, work_of_params(params)); }
CUresult Driver::cuGraphNodeSetParams(Node node, CUgraphNodeParams* params) { return change(node, work_of_params(params)); }
CUresult Driver::cuGraphEventRecordNodeSetEvent(Node node, CUevent event) { return change(node, event_work(true, event)); }
CUresult Driver::cuGraphEventWaitNodeSetEvent(Node node, CUevent event) { return change(node, event_work(false, event)); }
// clang-format on

CUresult Driver::cuGraphMemAllocNodeGetParams(Node node, CUDA_MEM_ALLOC_NODE_PARAMS* params) {
  if (params == nullptr) return driver_answer(no_params());
  AllocationFields fields;
  if (Result<void> read = read_allocation(node, fields); !read) return driver_answer(read);
  *params = {};
  params->poolProps.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
  params->poolProps.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
  params->poolProps.location.id = fields.device;
  params->bytesize = fields.bytes;
  params->dptr = fields.address;
  return CUDA_SUCCESS;
}

}  // namespace qiao::shim
