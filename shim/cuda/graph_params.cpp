#include "shim/cuda/graph_params.h"

#include "shim/common/kernels.h"
#include "shim/cuda/copies.h"
#include "shim/cuda/modules.h"

namespace qiao::shim {
namespace {

Error no_params() {
  return invalid(Code::InvalidValue, "node parameters are a null pointer");
}

// The first of these structs names no kernel object and no context.
template <class Params>
Result<runtime::NodeWork> kernel_of_params(const Params* params) {
  if (params == nullptr) return no_params();
  const void* named = params->func;
  CUcontext handle = nullptr;
  if constexpr (requires { params->kern; }) {
    if (named == nullptr) named = params->kern;
    handle = params->ctx;
  }
  Result<std::shared_ptr<runtime::Context>> context = node_context(handle);
  if (!context) return context.error();
  Result<std::shared_ptr<runtime::Kernel>> kernel = driver_kernel(named);
  if (!kernel) return kernel.error();
  runtime::LaunchShape shape{{params->gridDimX, params->gridDimY, params->gridDimZ},
                             {params->blockDimX, params->blockDimY, params->blockDimZ},
                             params->sharedMemBytes,
                             false};
  return kernel_work(*std::move(kernel), named, shape, params->kernelParams, params->extra, **context);
}

template <class Work>
Result<Work*> find_work(CUgraphNode handle, const void* params) {
  if (params == nullptr) return no_params();
  Result<std::shared_ptr<runtime::GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  return work_of<Work>(*node);
}

template <class Params>
Result<void> read_kernel(CUgraphNode handle, Params* params) {
  Result<runtime::KernelWork*> work = find_work<runtime::KernelWork>(handle, params);
  if (!work) return work.error();
  const hal::LaunchRequest& request = (*work)->launch.request;
  *params = {};
  // A node made through the runtime API may name a host function, which is no handle here.
  params->func = reinterpret_cast<CUfunction>(kernel_handles().add((*work)->launch.kernel));
  params->gridDimX = request.grid[0];
  params->gridDimY = request.grid[1];
  params->gridDimZ = request.grid[2];
  params->blockDimX = request.block[0];
  params->blockDimY = request.block[1];
  params->blockDimZ = request.block[2];
  params->sharedMemBytes = request.dynamic_shared_bytes;
  params->kernelParams = shown_parameters(**node_of(handle), **work);
  if constexpr (requires { params->ctx; }) params->ctx = reinterpret_cast<CUcontext>(&(*node_of(handle))->context());
  return {};
}

CUmemorytype memory_type(runtime::Direction direction, bool destination) {
  using runtime::Direction;
  if (direction == Direction::Default) return CU_MEMORYTYPE_UNIFIED;
  const bool device = direction == Direction::DeviceToDevice ||
                      direction == (destination ? Direction::HostToDevice : Direction::DeviceToHost);
  return device ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
}

}  // namespace

Result<std::shared_ptr<runtime::Context>> node_context(CUcontext handle) {
  if (handle == nullptr) return runtime::current_context();
  std::shared_ptr<runtime::Context> context = runtime::live_contexts().find(handle);
  if (!context) return invalid(Code::InvalidContext, "context handle is not live");
  return context;
}

Result<runtime::NodeWork> work_of_params(const CUDA_KERNEL_NODE_PARAMS_v1* params) {
  return kernel_of_params(params);
}
Result<runtime::NodeWork> work_of_params(const CUDA_KERNEL_NODE_PARAMS_v2* params) {
  return kernel_of_params(params);
}
Result<runtime::NodeWork> work_of_params(const CUDA_KERNEL_NODE_PARAMS_v3* params) {
  return kernel_of_params(params);
}

Result<runtime::NodeWork> work_of_params(const CUDA_MEMCPY3D* params, CUcontext handle) {
  if (params == nullptr) return no_params();
  Result<std::shared_ptr<runtime::Context>> context = node_context(handle);
  if (!context) return context.error();
  return copy_work(copy_request(*params), **context);
}

Result<runtime::NodeWork> work_of_params(const CUDA_HOST_NODE_PARAMS* params) {
  if (params == nullptr) return no_params();
  return host_work(params->fn, params->userData);
}

Result<runtime::NodeWork> work_of_params(const CUgraphNodeParams* params) {
  if (params == nullptr) return no_params();
  switch (params->type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
      return work_of_params(&params->kernel);
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      return work_of_params(&params->memcpy.copyParams, params->memcpy.copyCtx);
    case CU_GRAPH_NODE_TYPE_MEMSET:
      return fill_of_params(&params->memset, params->memset.ctx);
    case CU_GRAPH_NODE_TYPE_HOST:
      return host_work(params->host.fn, params->host.userData);
    case CU_GRAPH_NODE_TYPE_EMPTY:
      return runtime::NodeWork(runtime::EmptyWork{});
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
      return event_work(false, params->eventWait.event);
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
      return event_work(true, params->eventRecord.event);
    default:
      return unsupported("graph nodes of type " + std::to_string(static_cast<int>(params->type)) + " in this call");
  }
}

Result<void> read_params(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS_v1* params) {
  return read_kernel(node, params);
}
Result<void> read_params(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS_v2* params) {
  return read_kernel(node, params);
}

// As it was given but for positions, which are in the addresses.
Result<void> read_params(CUgraphNode handle, CUDA_MEMCPY3D* params) {
  Result<runtime::CopyWork*> work = find_work<runtime::CopyWork>(handle, params);
  if (!work) return work.error();
  const runtime::CopyRequest& request = (*work)->request;
  *params = {};
  params->srcMemoryType = memory_type(request.direction, false);
  params->srcHost = reinterpret_cast<const void*>(request.from.address);
  params->srcDevice = request.from.address;
  params->srcPitch = request.from.pitch;
  params->srcHeight = request.from.slice_rows;
  params->dstMemoryType = memory_type(request.direction, true);
  params->dstHost = reinterpret_cast<void*>(request.to.address);
  params->dstDevice = request.to.address;
  params->dstPitch = request.to.pitch;
  params->dstHeight = request.to.slice_rows;
  params->WidthInBytes = request.box.width;
  params->Height = request.box.height;
  params->Depth = request.box.depth;
  return {};
}

Result<void> read_params(CUgraphNode handle, CUDA_MEMSET_NODE_PARAMS* params) {
  Result<runtime::FillWork*> work = find_work<runtime::FillWork>(handle, params);
  if (!work) return work.error();
  const runtime::FillRequest& request = (*work)->request;
  *params = {request.address,       request.pitch,     request.value,
             request.element_bytes, request.box.width, request.box.height};
  return {};
}

Result<void> read_params(CUgraphNode handle, CUDA_HOST_NODE_PARAMS* params) {
  Result<runtime::HostWork*> work = find_work<runtime::HostWork>(handle, params);
  if (!work) return work.error();
  *params = {(*work)->function, (*work)->data};
  return {};
}

}  // namespace qiao::shim
