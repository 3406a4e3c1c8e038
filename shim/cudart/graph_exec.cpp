// Instantiated graphs of the runtime API.
#include "shim/common/captures.h"
#include "shim/cudart/graph_params.h"

namespace qiao::shim {
namespace {

using Exec = cudaGraphExec_t;
using Node = cudaGraphNode_t;

cudaError_t make(Exec* exec, cudaGraph_t graph, unsigned long long flags) {
  return in_runtime_context([&](runtime::Context&) { return instantiate(exec, graph, flags); });
}

cudaError_t make_with(Exec* exec, cudaGraph_t graph, cudaGraphInstantiateParams* params, DefaultStream kind) {
  if (params == nullptr) return runtime_answer(invalid(Code::InvalidValue, "instantiation without parameters"));
  params->errNode_out = nullptr;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<void> done = instantiate(exec, graph, params->flags);
    params->result_out = static_cast<cudaGraphInstantiateResult>(instantiate_result(graph, done));
    if (!done || (params->flags & runtime::GraphExec::kUpload) == 0) return done;
    return upload_exec(context, *exec, params->uploadStream, kind);
  });
}

cudaError_t launch(Exec exec, cudaStream_t stream, DefaultStream kind) {
  return in_runtime_context([&](runtime::Context& context) { return launch_exec(context, exec, stream, kind); });
}

cudaError_t upload(Exec exec, cudaStream_t stream, DefaultStream kind) {
  return in_runtime_context([&](runtime::Context& context) { return upload_exec(context, exec, stream, kind); });
}

template <class Make>
cudaError_t change(Exec exec, Node node, Make make_work) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<runtime::NodeWork> work = make_work(context);
    if (!work) return work.error();
    return set_exec_work(exec, node, *std::move(work));
  });
}

template <class Params>
cudaError_t change_to(Exec exec, Node node, const Params* params) {
  return change(exec, node, [&](runtime::Context& context) { return work_of_params(params, context); });
}

auto linear(const LinearCopy& copy) {
  return [copy](runtime::Context& context) { return linear_work(copy, context); };
}

auto event(bool record, cudaEvent_t handle) {
  return [record, handle](runtime::Context&) { return event_work(record, handle); };
}

}  // namespace

cudaError_t Cudart::cudaGraphInstantiate(Exec* exec, cudaGraph_t graph, unsigned long long flags) {
  return make(exec, graph, flags);
}
cudaError_t Cudart::cudaGraphInstantiateWithFlags(Exec* exec, cudaGraph_t graph, unsigned long long flags) {
  return make(exec, graph, flags);
}
cudaError_t Cudart::cudaGraphInstantiate_until12(Exec* exec, cudaGraph_t graph, Node* error_node, char* log,
                                                 size_t log_bytes) {
  if (error_node != nullptr) *error_node = nullptr;
  if (log != nullptr && log_bytes != 0) *log = 0;
  return make(exec, graph, 0);
}
cudaError_t Cudart::cudaGraphInstantiateWithParams(Exec* exec, cudaGraph_t graph, cudaGraphInstantiateParams* params) {
  return make_with(exec, graph, params, DefaultStream::Legacy);
}
cudaError_t Cudart::cudaGraphInstantiateWithParams_ptsz(Exec* exec, cudaGraph_t graph,
                                                        cudaGraphInstantiateParams* params) {
  return make_with(exec, graph, params, DefaultStream::PerThread);
}
cudaError_t Cudart::cudaGraphExecDestroy(Exec exec) {
  return runtime_answer(destroy_exec(exec));
}
cudaError_t Cudart::cudaGraphExecGetFlags(Exec exec, unsigned long long* flags) {
  return runtime_answer(exec_flags(exec, flags));
}
cudaError_t Cudart::cudaGraphLaunch(Exec exec, cudaStream_t stream) {
  return launch(exec, stream, DefaultStream::Legacy);
}
cudaError_t Cudart::cudaGraphLaunch_ptsz(Exec exec, cudaStream_t stream) {
  return launch(exec, stream, DefaultStream::PerThread);
}
cudaError_t Cudart::cudaGraphUpload(Exec exec, cudaStream_t stream) {
  return upload(exec, stream, DefaultStream::Legacy);
}
cudaError_t Cudart::cudaGraphUpload_ptsz(Exec exec, cudaStream_t stream) {
  return upload(exec, stream, DefaultStream::PerThread);
}

cudaError_t Cudart::cudaGraphExecKernelNodeSetParams(Exec exec, Node node, const cudaKernelNodeParams* params) {
  return change_to(exec, node, params);
}
cudaError_t Cudart::cudaGraphExecMemcpyNodeSetParams(Exec exec, Node node, const cudaMemcpy3DParms* parms) {
  return change_to(exec, node, parms);
}
cudaError_t Cudart::cudaGraphExecMemcpyNodeSetParams1D(Exec exec, Node node, void* to, const void* from, size_t bytes,
                                                       cudaMemcpyKind kind) {
  return change(exec, node, linear({.to = to, .from = from, .bytes = bytes, .kind = kind}));
}
cudaError_t Cudart::cudaGraphExecMemcpyNodeSetParamsToSymbol(Exec exec, Node node, const void* symbol, const void* from,
                                                             size_t bytes, size_t offset, cudaMemcpyKind kind) {
  return change(exec, node,
                linear({.from = from, .to_symbol = symbol, .bytes = bytes, .offset = offset, .kind = kind}));
}
cudaError_t Cudart::cudaGraphExecMemcpyNodeSetParamsFromSymbol(Exec exec, Node node, void* to, const void* symbol,
                                                               size_t bytes, size_t offset, cudaMemcpyKind kind) {
  return change(exec, node, linear({.to = to, .from_symbol = symbol, .bytes = bytes, .offset = offset, .kind = kind}));
}
cudaError_t Cudart::cudaGraphExecMemsetNodeSetParams(Exec exec, Node node, const cudaMemsetParams* params) {
  return change_to(exec, node, params);
}
cudaError_t Cudart::cudaGraphExecHostNodeSetParams(Exec exec, Node node, const cudaHostNodeParams* params) {
  return change_to(exec, node, params);
}
cudaError_t Cudart::cudaGraphExecEventRecordNodeSetEvent(Exec exec, Node node, cudaEvent_t handle) {
  return change(exec, node, event(true, handle));
}
cudaError_t Cudart::cudaGraphExecEventWaitNodeSetEvent(Exec exec, Node node, cudaEvent_t handle) {
  return change(exec, node, event(false, handle));
}
cudaError_t Cudart::cudaGraphExecNodeSetParams(Exec exec, Node node, cudaGraphNodeParams* params) {
  return change_to(exec, node, params);
}
cudaError_t Cudart::cudaGraphExecChildGraphNodeSetParams(Exec exec, Node node, cudaGraph_t child) {
  return runtime_answer(set_exec_child(exec, node, child));
}
cudaError_t Cudart::cudaGraphExecUpdate(Exec exec, cudaGraph_t graph, cudaGraphExecUpdateResultInfo* info) {
  if (info == nullptr) return runtime_answer(update_exec(exec, graph, nullptr, nullptr, nullptr));
  return runtime_answer(
      update_exec(exec, graph, &info->errorNode, &info->errorFromNode, reinterpret_cast<int*>(&info->result)));
}
cudaError_t Cudart::cudaGraphExecUpdate_until12(Exec exec, cudaGraph_t graph, Node* error_node,
                                                cudaGraphExecUpdateResult* result) {
  return runtime_answer(update_exec(exec, graph, error_node, nullptr, reinterpret_cast<int*>(result)));
}
cudaError_t Cudart::cudaGraphNodeSetEnabled(Exec exec, Node node, unsigned int enabled) {
  return runtime_answer(set_enabled(exec, node, enabled != 0));
}
cudaError_t Cudart::cudaGraphNodeGetEnabled(Exec exec, Node node, unsigned int* enabled) {
  return runtime_answer(get_enabled(exec, node, enabled));
}

}  // namespace qiao::shim
