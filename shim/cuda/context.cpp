// Contexts of the driver API.
#include "src/runtime/context.h"

#include "shim/common/answer.h"
#include "shim/cuda/devices.h"
#include "src/runtime/limits.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

using ContextPtr = std::shared_ptr<runtime::Context>;

CUcontext handle_of(const ContextPtr& context) {
  return reinterpret_cast<CUcontext>(context.get());
}

Result<ContextPtr> context_of(CUcontext handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  ContextPtr context = (*platform)->contexts().find(handle);
  if (!context) return invalid(Code::InvalidContext, "context handle is not live");
  return context;
}

std::vector<ContextPtr>& stack() {
  return runtime::ThreadState::current().contexts;
}

}  // namespace

CUresult Driver::cuCtxCreate_v2(CUcontext* handle, unsigned int flags, CUdevice ordinal) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return driver_answer(with_driver_device(ordinal, [&](runtime::Device& device) -> Result<void> {
    auto context = std::make_shared<runtime::Context>(device, false, flags);
    (*runtime::Platform::get())->contexts().add(context);
    stack().push_back(context);
    *handle = handle_of(context);
    return {};
  }));
}

CUresult Driver::cuCtxCreate_v3(CUcontext* handle, CUexecAffinityParam* affinity, int count, unsigned int flags,
                                CUdevice ordinal) {
  if (affinity != nullptr && count > 0) return driver_answer(unsupported("execution affinity of cuCtxCreate_v3"));
  return cuCtxCreate_v2(handle, flags, ordinal);
}

CUresult Driver::cuCtxCreate_v4(CUcontext* handle, CUctxCreateParams* params, unsigned int flags, CUdevice ordinal) {
  if (params != nullptr && (params->numExecAffinityParams > 0 || params->cigParams != nullptr)) {
    return driver_answer(unsupported("creation parameters of cuCtxCreate_v4"));
  }
  return cuCtxCreate_v2(handle, flags, ordinal);
}

CUresult Driver::cuCtxDestroy_v2(CUcontext handle) {
  Result<ContextPtr> context = context_of(handle);
  if (!context) return driver_answer(context.error());
  if ((*context)->primary()) {
    return driver_answer(invalid(Code::InvalidContext, "a primary context is not destroyed but reset"));
  }
  (*context)->synchronize();
  (*runtime::Platform::get())->contexts().remove(handle);
  if (!stack().empty() && stack().back() == *context) stack().pop_back();
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxPushCurrent_v2(CUcontext handle) {
  Result<ContextPtr> context = context_of(handle);
  if (!context) return driver_answer(context.error());
  stack().push_back(*context);
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxPopCurrent_v2(CUcontext* handle) {
  if (stack().empty()) return driver_answer(invalid(Code::InvalidContext, "no context to pop"));
  if (handle != nullptr) *handle = handle_of(stack().back());
  stack().pop_back();
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxSetCurrent(CUcontext handle) {
  if (handle == nullptr) {
    if (!stack().empty()) stack().pop_back();
    return CUDA_SUCCESS;
  }
  Result<ContextPtr> context = context_of(handle);
  if (!context) return driver_answer(context.error());
  if (stack().empty()) {
    stack().push_back(*context);
  } else {
    stack().back() = *context;
  }
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxGetCurrent(CUcontext* handle) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *handle = stack().empty() ? nullptr : handle_of(stack().back());
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxGetDevice(CUdevice* device) {
  if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    *device = context.device().ordinal();
    return {};
  });
}

CUresult Driver::cuCtxGetFlags(unsigned int* flags) {
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    *flags = context.flags();
    return {};
  });
}

CUresult Driver::cuCtxGetId(CUcontext handle, unsigned long long* id) {
  if (id == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<ContextPtr> context = handle == nullptr ? runtime::current_context() : context_of(handle);
  if (!context) return driver_answer(context.error());
  *id = (*context)->id();
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxGetApiVersion(CUcontext handle, unsigned int* version) {
  if (version == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<ContextPtr> context = handle == nullptr ? runtime::current_context() : context_of(handle);
  if (!context) return driver_answer(context.error());
  *version = 3020;  // what every driver since CUDA 3.2 reports for contexts of the _v2 interface
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxSynchronize() {
  Result<ContextPtr> context = runtime::current_context();
  if (!context) return driver_answer(context.error());
  (*context)->synchronize();
  return driver_answer(Error{(*context)->sticky_error(), ""});
}

CUresult Driver::cuCtxGetLimit(size_t* value, CUlimit limit) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<uint64_t> found = runtime::get_limit(static_cast<int>(limit));
    if (!found) return found.error();
    *value = *found;
    return {};
  });
}

CUresult Driver::cuCtxSetLimit(CUlimit limit, size_t value) {
  return in_driver_context([&](runtime::Context&) { return runtime::set_limit(static_cast<int>(limit), value); });
}

CUresult Driver::cuCtxGetCacheConfig(CUfunc_cache* config) {
  if (config == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *config = static_cast<CUfunc_cache>(0);
  return CUDA_SUCCESS;
}

// A preference only: the emulated chip has no cache split to choose.
CUresult Driver::cuCtxSetCacheConfig(CUfunc_cache) {
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  if (least != nullptr) *least = 0;
  if (greatest != nullptr) *greatest = 0;
  return CUDA_SUCCESS;
}

CUresult Driver::cuProfilerStart() {
  return CUDA_SUCCESS;
}
CUresult Driver::cuProfilerStop() {
  return CUDA_SUCCESS;
}

}  // namespace qiao::shim
