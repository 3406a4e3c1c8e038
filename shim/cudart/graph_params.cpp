#include "shim/cudart/graph_params.h"

#include <bit>

#include "shim/cudart/copies.h"
#include "shim/cudart/kernel.h"

namespace qiao::shim {
namespace {

Error no_params() {
  return invalid(Code::InvalidValue, "node parameters are a null pointer");
}

template <class Work>
Result<Work*> find_work(CUgraphNode handle, const void* params) {
  if (params == nullptr) return no_params();
  Result<std::shared_ptr<runtime::GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  return work_of<Work>(*node);
}

cudaPitchedPtr pitched(const runtime::Side& side, const runtime::Box& box) {
  return {reinterpret_cast<void*>(side.address), side.pitch, box.width, side.slice_rows};
}

dim3 shown(const hal::Dim3& size) {
  return {size[0], size[1], size[2]};
}

}  // namespace

Result<runtime::NodeWork> work_of_params(const cudaKernelNodeParams* params, runtime::Context& context) {
  if (params == nullptr) return no_params();
  Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(params->func);
  if (!kernel) return kernel.error();
  const dim3& grid = params->gridDim;
  const dim3& block = params->blockDim;
  runtime::LaunchShape shape{{grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, params->sharedMemBytes, false};
  return kernel_work(*std::move(kernel), params->func, shape, params->kernelParams, params->extra, context);
}

Result<runtime::NodeWork> work_of_params(const cudaMemcpy3DParms* parms, runtime::Context& context) {
  if (parms == nullptr) return no_params();
  return copy_work(copy_request(*parms), context);
}

Result<runtime::NodeWork> work_of_params(const cudaMemsetParams* params, runtime::Context& context) {
  if (params == nullptr) return no_params();
  return fill_work(reinterpret_cast<uint64_t>(params->dst), params->pitch, params->value, params->elementSize,
                   params->width, params->height, context);
}

Result<runtime::NodeWork> work_of_params(const cudaHostNodeParams* params, runtime::Context&) {
  if (params == nullptr) return no_params();
  return host_work(params->fn, params->userData);
}

Result<runtime::NodeWork> work_of_params(const cudaGraphNodeParams* params, runtime::Context& context) {
  if (params == nullptr) return no_params();
  switch (params->type) {
    case cudaGraphNodeTypeKernel: {
      const auto kernel = std::bit_cast<cudaKernelNodeParams>(params->kernel);
      return work_of_params(&kernel, context);
    }
    case cudaGraphNodeTypeMemcpy:
      return work_of_params(&params->memcpy.copyParams, context);
    case cudaGraphNodeTypeMemset: {
      const auto fill = std::bit_cast<cudaMemsetParams>(params->memset);
      return work_of_params(&fill, context);
    }
    case cudaGraphNodeTypeHost:
      return host_work(params->host.fn, params->host.userData);
    case cudaGraphNodeTypeEmpty:
      return runtime::NodeWork(runtime::EmptyWork{});
    case cudaGraphNodeTypeWaitEvent:
      return event_work(false, params->eventWait.event);
    case cudaGraphNodeTypeEventRecord:
      return event_work(true, params->eventRecord.event);
    default:
      return unsupported("graph nodes of type " + std::to_string(static_cast<int>(params->type)) + " in this call");
  }
}

Result<runtime::NodeWork> linear_work(const LinearCopy& copy, runtime::Context& context) {
  Result<runtime::Direction> direction = direction_of(copy.kind);
  if (!direction) return direction.error();
  void* to = copy.to;
  const void* from = copy.from;
  if (copy.to_symbol != nullptr) {
    Result<void*> place = symbol_range(copy.to_symbol, copy.offset, copy.bytes, context);
    if (!place) return place.error();
    to = *place;
  }
  if (copy.from_symbol != nullptr) {
    Result<void*> place = symbol_range(copy.from_symbol, copy.offset, copy.bytes, context);
    if (!place) return place.error();
    from = *place;
  }
  return copy_work(runtime::linear_copy(to, from, copy.bytes, *direction), context);
}

Result<void> read_params(CUgraphNode handle, cudaKernelNodeParams* params) {
  Result<runtime::KernelWork*> work = find_work<runtime::KernelWork>(handle, params);
  if (!work) return work.error();
  const runtime::PreparedLaunch& launch = (*work)->launch;
  params->func = const_cast<void*>((*work)->named);
  params->gridDim = shown(launch.request.grid);
  params->blockDim = shown(launch.request.block);
  params->sharedMemBytes = launch.request.dynamic_shared_bytes;
  params->kernelParams = shown_parameters(**node_of(handle), **work);
  params->extra = nullptr;
  return {};
}

// As it was given but for positions, which are in the pointers.
Result<void> read_params(CUgraphNode handle, cudaMemcpy3DParms* parms) {
  Result<runtime::CopyWork*> work = find_work<runtime::CopyWork>(handle, parms);
  if (!work) return work.error();
  const runtime::CopyRequest& request = (*work)->request;
  *parms = {};
  parms->srcPtr = pitched(request.from, request.box);
  parms->dstPtr = pitched(request.to, request.box);
  parms->extent = {request.box.width, request.box.height, request.box.depth};
  parms->kind = static_cast<cudaMemcpyKind>(request.direction);  // same order
  return {};
}

Result<void> read_params(CUgraphNode handle, cudaMemsetParams* params) {
  Result<runtime::FillWork*> work = find_work<runtime::FillWork>(handle, params);
  if (!work) return work.error();
  const runtime::FillRequest& request = (*work)->request;
  *params = {reinterpret_cast<void*>(request.address),
             request.pitch,
             request.value,
             request.element_bytes,
             request.box.width,
             request.box.height};
  return {};
}

Result<void> read_params(CUgraphNode handle, cudaHostNodeParams* params) {
  Result<runtime::HostWork*> work = find_work<runtime::HostWork>(handle, params);
  if (!work) return work.error();
  *params = {(*work)->function, (*work)->data};
  return {};
}

}  // namespace qiao::shim
