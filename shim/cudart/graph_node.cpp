// The nodes of graphs of the runtime API: adding them, reading and changing their parameters.
#include <bit>

#include "shim/common/graph_nodes.h"
#include "shim/cudart/graph_params.h"

namespace qiao::shim {
namespace {

using Node = cudaGraphNode_t;

// `make(Context&) -> Result<NodeWork>`, then the node.
template <class Make>
cudaError_t add(Node* out, cudaGraph_t graph, const Node* after, const cudaGraphEdgeData* data, size_t count,
                Make make) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<runtime::NodeWork> work = make(context);
    if (!work) return work.error();
    return add_node(out, graph, after, data, count, *std::move(work), context);
  });
}

template <class Params>
cudaError_t add_of(Node* out, cudaGraph_t graph, const Node* after, size_t count, const Params* params) {
  return add(out, graph, after, nullptr, count,
             [&](runtime::Context& context) { return work_of_params(params, context); });
}

template <class Make>
cudaError_t change(Node node, Make make) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<runtime::NodeWork> work = make(context);
    if (!work) return work.error();
    if (std::holds_alternative<runtime::KernelWork>(*work)) {
      if (Result<void> kept = keep_attributes(node, *work); !kept) return kept;
    }
    return set_node_work(node, *std::move(work));
  });
}

template <class Params>
cudaError_t change_to(Node node, const Params* params) {
  return change(node, [&](runtime::Context& context) { return work_of_params(params, context); });
}

// cudaMemAllocNodeParams and its V2.
template <class Params>
cudaError_t add_memory(const NodePlace& place, Params* params) {
  if (params == nullptr) return runtime_answer(invalid(Code::InvalidValue, "node parameters are a null pointer"));
  const cudaMemPoolProps& pool = params->poolProps;
  AllocationFields fields{.plain = pool.allocType == cudaMemAllocationTypePinned &&
                                   pool.location.type == cudaMemLocationTypeDevice &&
                                   pool.handleTypes == cudaMemHandleTypeNone,
                          .device = pool.location.id,
                          .bytes = params->bytesize};
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (Result<void> added = add_allocation(place, fields, context); !added) return added;
    params->dptr = reinterpret_cast<void*>(fields.address);
    return {};
  });
}

cudaError_t add_any(Node* out, cudaGraph_t graph, const Node* after, const cudaGraphEdgeData* data, size_t count,
                    cudaGraphNodeParams* params) {
  if (params == nullptr) return runtime_answer(invalid(Code::InvalidValue, "node parameters are a null pointer"));
  if (params->type == cudaGraphNodeTypeGraph) {
    const bool move = params->graph.ownership == cudaGraphChildGraphOwnershipMove;
    return in_runtime_context([&](runtime::Context& context) {
      return add_child(out, graph, after, data, count, params->graph.graph, move, context);
    });
  }
  const NodePlace place{out, graph, after, data, count};
  if (params->type == cudaGraphNodeTypeMemAlloc) return add_memory(place, &params->alloc);
  if (params->type == cudaGraphNodeTypeMemFree) {
    return in_runtime_context([&](runtime::Context& context) {
      return add_release(place, reinterpret_cast<uint64_t>(params->free.dptr), context);
    });
  }
  if (params->type == cudaGraphNodeTypeConditional) {
    cudaConditionalNodeParams& what = params->conditional;
    return in_runtime_context([&](runtime::Context& context) {
      return add_conditional(place, what.handle, what.type, what.size, &what.phGraph_out, context);
    });
  }
  return add(out, graph, after, data, count,
             [&](runtime::Context& context) { return work_of_params(params, context); });
}

auto linear(const LinearCopy& copy) {
  return [copy](runtime::Context& context) { return linear_work(copy, context); };
}

auto event(bool record, cudaEvent_t handle) {
  return [record, handle](runtime::Context&) { return event_work(record, handle); };
}

}  // namespace

cudaError_t Cudart::cudaGraphAddKernelNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                           const cudaKernelNodeParams* params) {
  return add_of(out, graph, after, count, params);
}
cudaError_t Cudart::cudaGraphAddMemcpyNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                           const cudaMemcpy3DParms* parms) {
  return add_of(out, graph, after, count, parms);
}
cudaError_t Cudart::cudaGraphAddMemcpyNode1D(Node* out, cudaGraph_t graph, const Node* after, size_t count, void* to,
                                             const void* from, size_t bytes, cudaMemcpyKind kind) {
  return add(out, graph, after, nullptr, count, linear({.to = to, .from = from, .bytes = bytes, .kind = kind}));
}
cudaError_t Cudart::cudaGraphAddMemcpyNodeToSymbol(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                                   const void* symbol, const void* from, size_t bytes, size_t offset,
                                                   cudaMemcpyKind kind) {
  return add(out, graph, after, nullptr, count,
             linear({.from = from, .to_symbol = symbol, .bytes = bytes, .offset = offset, .kind = kind}));
}
cudaError_t Cudart::cudaGraphAddMemcpyNodeFromSymbol(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                                     void* to, const void* symbol, size_t bytes, size_t offset,
                                                     cudaMemcpyKind kind) {
  return add(out, graph, after, nullptr, count,
             linear({.to = to, .from_symbol = symbol, .bytes = bytes, .offset = offset, .kind = kind}));
}
cudaError_t Cudart::cudaGraphAddMemsetNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                           const cudaMemsetParams* params) {
  return add_of(out, graph, after, count, params);
}
cudaError_t Cudart::cudaGraphAddHostNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                         const cudaHostNodeParams* params) {
  return add_of(out, graph, after, count, params);
}
cudaError_t Cudart::cudaGraphAddEmptyNode(Node* out, cudaGraph_t graph, const Node* after, size_t count) {
  return add(out, graph, after, nullptr, count,
             [](runtime::Context&) { return Result<runtime::NodeWork>(runtime::EmptyWork{}); });
}
cudaError_t Cudart::cudaGraphAddChildGraphNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                               cudaGraph_t child) {
  return in_runtime_context(
      [&](runtime::Context& context) { return add_child(out, graph, after, nullptr, count, child, false, context); });
}
cudaError_t Cudart::cudaGraphAddEventRecordNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                                cudaEvent_t handle) {
  return add(out, graph, after, nullptr, count, event(true, handle));
}
cudaError_t Cudart::cudaGraphAddEventWaitNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                              cudaEvent_t handle) {
  return add(out, graph, after, nullptr, count, event(false, handle));
}

cudaError_t Cudart::cudaGraphAddMemAllocNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                             cudaMemAllocNodeParams* params) {
  return add_memory({out, graph, after, nullptr, count}, params);
}
cudaError_t Cudart::cudaGraphAddMemFreeNode(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                            void* pointer) {
  return in_runtime_context([&](runtime::Context& context) {
    return add_release({out, graph, after, nullptr, count}, reinterpret_cast<uint64_t>(pointer), context);
  });
}
cudaError_t Cudart::cudaGraphMemAllocNodeGetParams(Node node, cudaMemAllocNodeParams* params) {
  if (params == nullptr) return runtime_answer(invalid(Code::InvalidValue, "there is nowhere to put the parameters"));
  AllocationFields fields;
  if (Result<void> read = read_allocation(node, fields); !read) return runtime_answer(read);
  *params = {};
  params->poolProps.allocType = cudaMemAllocationTypePinned;
  params->poolProps.location = {cudaMemLocationTypeDevice, fields.device};
  params->bytesize = fields.bytes;
  params->dptr = reinterpret_cast<void*>(fields.address);
  return cudaSuccess;
}

cudaError_t Cudart::cudaGraphAddNode(Node* out, cudaGraph_t graph, const Node* after, const cudaGraphEdgeData* data,
                                     size_t count, cudaGraphNodeParams* params) {
  return add_any(out, graph, after, data, count, params);
}
cudaError_t Cudart::cudaGraphAddNode_v2(Node* out, cudaGraph_t graph, const Node* after, const cudaGraphEdgeData* data,
                                        size_t count, cudaGraphNodeParams* params) {
  return add_any(out, graph, after, data, count, params);
}
cudaError_t Cudart::cudaGraphAddNode_until13(Node* out, cudaGraph_t graph, const Node* after, size_t count,
                                             cudaGraphNodeParams* params) {
  return add_any(out, graph, after, nullptr, count, params);
}

cudaError_t Cudart::cudaGraphKernelNodeGetParams(Node node, cudaKernelNodeParams* params) {
  return runtime_answer(read_params(node, params));
}
cudaError_t Cudart::cudaGraphMemcpyNodeGetParams(Node node, cudaMemcpy3DParms* parms) {
  return runtime_answer(read_params(node, parms));
}
cudaError_t Cudart::cudaGraphMemsetNodeGetParams(Node node, cudaMemsetParams* params) {
  return runtime_answer(read_params(node, params));
}
cudaError_t Cudart::cudaGraphHostNodeGetParams(Node node, cudaHostNodeParams* params) {
  return runtime_answer(read_params(node, params));
}

cudaError_t Cudart::cudaGraphKernelNodeSetParams(Node node, const cudaKernelNodeParams* params) {
  return change_to(node, params);
}
cudaError_t Cudart::cudaGraphMemcpyNodeSetParams(Node node, const cudaMemcpy3DParms* parms) {
  return change_to(node, parms);
}
cudaError_t Cudart::cudaGraphMemcpyNodeSetParams1D(Node node, void* to, const void* from, size_t bytes,
                                                   cudaMemcpyKind kind) {
  return change(node, linear({.to = to, .from = from, .bytes = bytes, .kind = kind}));
}
cudaError_t Cudart::cudaGraphMemcpyNodeSetParamsToSymbol(Node node, const void* symbol, const void* from, size_t bytes,
                                                         size_t offset, cudaMemcpyKind kind) {
  return change(node, linear({.from = from, .to_symbol = symbol, .bytes = bytes, .offset = offset, .kind = kind}));
}
cudaError_t Cudart::cudaGraphMemcpyNodeSetParamsFromSymbol(Node node, void* to, const void* symbol, size_t bytes,
                                                           size_t offset, cudaMemcpyKind kind) {
  return change(node, linear({.to = to, .from_symbol = symbol, .bytes = bytes, .offset = offset, .kind = kind}));
}
cudaError_t Cudart::cudaGraphMemsetNodeSetParams(Node node, const cudaMemsetParams* params) {
  return change_to(node, params);
}
cudaError_t Cudart::cudaGraphHostNodeSetParams(Node node, const cudaHostNodeParams* params) {
  return change_to(node, params);
}
cudaError_t Cudart::cudaGraphNodeSetParams(Node node, cudaGraphNodeParams* params) {
  return change_to(node, params);
}
cudaError_t Cudart::cudaGraphEventRecordNodeSetEvent(Node node, cudaEvent_t handle) {
  return change(node, event(true, handle));
}
cudaError_t Cudart::cudaGraphEventWaitNodeSetEvent(Node node, cudaEvent_t handle) {
  return change(node, event(false, handle));
}

}  // namespace qiao::shim
