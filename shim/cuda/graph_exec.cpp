// Instantiated graphs of the driver API.
#include "shim/common/graphs.h"
#include "shim/cuda/graph_params.h"

namespace qiao::shim {
namespace {

using Exec = CUgraphExec;
using Node = CUgraphNode;

CUresult make(Exec* exec, CUgraph graph, unsigned long long flags) {
  return driver_answer(instantiate(exec, graph, flags));
}

CUresult make_with_log(Exec* exec, CUgraph graph, Node* error_node, char* log, size_t log_bytes) {
  if (error_node != nullptr) *error_node = nullptr;
  if (log != nullptr && log_bytes != 0) *log = 0;
  return make(exec, graph, 0);
}

CUresult make_with(Exec* exec, CUgraph graph, CUDA_GRAPH_INSTANTIATE_PARAMS* params, DefaultStream kind) {
  if (params == nullptr) return driver_answer(invalid(Code::InvalidValue, "instantiation without parameters"));
  params->hErrNode_out = nullptr;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<void> done = instantiate(exec, graph, params->flags);
    params->result_out = static_cast<CUgraphInstantiateResult>(instantiate_result(graph, done));
    if (!done || (params->flags & runtime::GraphExec::kUpload) == 0) return done;
    return upload_exec(context, *exec, params->hUploadStream, kind);
  });
}

CUresult launch(Exec exec, CUstream stream, DefaultStream kind) {
  return in_driver_context([&](runtime::Context& context) { return launch_exec(context, exec, stream, kind); });
}

CUresult upload(Exec exec, CUstream stream, DefaultStream kind) {
  return in_driver_context([&](runtime::Context& context) { return upload_exec(context, exec, stream, kind); });
}

CUresult change(Exec exec, Node node, Result<runtime::NodeWork> work) {
  if (!work) return driver_answer(work.error());
  return driver_answer(set_exec_work(exec, node, *std::move(work)));
}

}  // namespace

// clang-format off
CUresult Driver::cuGraphInstantiate(Exec* exec, CUgraph graph, Node* error_node, char* log, size_t log_bytes) { return make_with_log(exec, graph, error_node, log, log_bytes); }
CUresult Driver::cuGraphInstantiate_v2(Exec* exec, CUgraph graph, Node* error_node, char* log, size_t log_bytes) { return make_with_log(exec, graph, error_node, log, log_bytes); }
CUresult Driver::cuGraphInstantiateWithFlags(Exec* exec, CUgraph graph, unsigned long long flags) { return make(exec, graph, flags); }
CUresult Driver::cuGraphInstantiateWithParams(Exec* exec, CUgraph graph, CUDA_GRAPH_INSTANTIATE_PARAMS* params) { return make_with(exec, graph, params, DefaultStream::Legacy); }
CUresult Driver::cuGraphInstantiateWithParams_ptsz(Exec* exec, CUgraph graph, CUDA_GRAPH_INSTANTIATE_PARAMS* params) { return make_with(exec, graph, params, DefaultStream::PerThread); }
CUresult Driver::cuGraphExecDestroy(Exec exec) { return driver_answer(destroy_exec(exec)); }
CUresult Driver::cuGraphExecGetFlags(Exec exec, cuuint64_t* flags) { return driver_answer(exec_flags(exec, reinterpret_cast<unsigned long long*>(flags))); }
CUresult Driver::cuGraphLaunch(Exec exec, CUstream stream) { return launch(exec, stream, DefaultStream::Legacy); }
CUresult Driver::cuGraphLaunch_ptsz(Exec exec, CUstream stream) { return launch(exec, stream, DefaultStream::PerThread); }
CUresult Driver::cuGraphUpload(Exec exec, CUstream stream) { return upload(exec, stream, DefaultStream::Legacy); }
CUresult Driver::cuGraphUpload_ptsz(Exec exec, CUstream stream) { return upload(exec, stream, DefaultStream::PerThread); }

CUresult Driver::cuGraphExecKernelNodeSetParams(Exec exec, Node node, const CUDA_KERNEL_NODE_PARAMS_v1* params) { return change(exec, node, work_of_params(params)); }
CUresult Driver::cuGraphExecKernelNodeSetParams_v2(Exec exec, Node node, const CUDA_KERNEL_NODE_PARAMS* params) { return change(exec, node, work_of_params(params)); }
CUresult Driver::cuGraphExecMemcpyNodeSetParams(Exec exec, Node node, const CUDA_MEMCPY3D* params, CUcontext context) { return change(exec, node, work_of_params(params, context)); }
CUresult Driver::cuGraphExecMemsetNodeSetParams(Exec exec, Node node, const CUDA_MEMSET_NODE_PARAMS* params, CUcontext context) { return change(exec, node, fill_of_params(params, context)); }
CUresult Driver::cuGraphExecHostNodeSetParams(Exec exec, Node node, const CUDA_HOST_NODE_PARAMS* params) { return change(exec, node, work_of_params(params)); }
CUresult Driver::cuGraphExecEventRecordNodeSetEvent(Exec exec, Node node, CUevent event) { return change(exec, node, event_work(true, event)); }
CUresult Driver::cuGraphExecEventWaitNodeSetEvent(Exec exec, Node node, CUevent event) { return change(exec, node, event_work(false, event)); }
CUresult Driver::cuGraphExecNodeSetParams(Exec exec, Node node, CUgraphNodeParams* params) { return change(exec, node, work_of_params(params)); }
CUresult Driver::cuGraphExecChildGraphNodeSetParams(Exec exec, Node node, CUgraph child) { return driver_answer(set_exec_child(exec, node, child)); }
CUresult Driver::cuGraphExecUpdate(Exec exec, CUgraph graph, Node* error_node, CUgraphExecUpdateResult* result) { return driver_answer(update_exec(exec, graph, error_node, nullptr, reinterpret_cast<int*>(result))); }
CUresult Driver::cuGraphNodeSetEnabled(Exec exec, Node node, unsigned int enabled) { return driver_answer(set_enabled(exec, node, enabled != 0)); }
CUresult Driver::cuGraphNodeGetEnabled(Exec exec, Node node, unsigned int* enabled) { return driver_answer(get_enabled(exec, node, enabled)); }
// clang-format on

CUresult Driver::cuGraphExecUpdate_v2(Exec exec, CUgraph graph, CUgraphExecUpdateResultInfo* info) {
  if (info == nullptr) return driver_answer(update_exec(exec, graph, nullptr, nullptr, nullptr));
  return driver_answer(
      update_exec(exec, graph, &info->errorNode, &info->errorFromNode, reinterpret_cast<int*>(&info->result)));
}

}  // namespace qiao::shim
