// Contexts of the driver API.
#include "src/runtime/context.h"
#include "src/runtime/capture.h"

#include "shim/common/answer.h"
#include "shim/common/streams.h"
#include "shim/cuda/devices.h"
#include "src/perf/launch_profile.h"
#include "src/runtime/limits.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

using ContextPtr = std::shared_ptr<runtime::Context>;

CUcontext handle_of(const ContextPtr& context) {
  return reinterpret_cast<CUcontext>(context.get());
}

Result<ContextPtr> context_of(CUcontext handle) {
  ContextPtr context = runtime::live_contexts().find(handle);
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
    if (Result<void> known = runtime::check_context_flags(flags); !known) return known;
    auto context = std::make_shared<runtime::Context>(device, false, flags);
    runtime::live_contexts().add(context);
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
  (*context)->destroy();
  if (!stack().empty() && stack().back() == *context) stack().pop_back();
  return CUDA_SUCCESS;
}

CUresult Driver::cuCtxCreate(CUcontext* handle, unsigned int flags, CUdevice ordinal) {
  return cuCtxCreate_v2(handle, flags, ordinal);
}
CUresult Driver::cuCtxDestroy(CUcontext handle) {
  return cuCtxDestroy_v2(handle);
}
CUresult Driver::cuCtxPushCurrent(CUcontext handle) {
  return cuCtxPushCurrent_v2(handle);
}
CUresult Driver::cuCtxPopCurrent(CUcontext* handle) {
  return cuCtxPopCurrent_v2(handle);
}

// Old names of a use count: the context lives until it is destroyed, or detached from by its only user.
CUresult Driver::cuCtxAttach(CUcontext* handle, unsigned int flags) {
  if (handle == nullptr || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  Result<ContextPtr> context = runtime::current_context();
  if (!context) return driver_answer(context.error());
  (*context)->attach();
  *handle = handle_of(*context);
  return CUDA_SUCCESS;
}
CUresult Driver::cuCtxDetach(CUcontext handle) {
  Result<ContextPtr> context = context_of(handle);
  if (!context) return driver_answer(context.error());
  return (*context)->detach() ? cuCtxDestroy_v2(handle) : CUDA_SUCCESS;
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

CUresult Driver::cuCtxSetFlags(unsigned int flags) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    if (Result<void> known = runtime::check_context_flags(flags); !known) return known;
    context.set_flags(flags);
    return {};
  });
}

CUresult Driver::cuCtxEnablePeerAccess(CUcontext handle, unsigned int flags) {
  if (flags != 0) return driver_answer(invalid(Code::InvalidValue, "cuCtxEnablePeerAccess takes no flags"));
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<ContextPtr> peer = context_of(handle);
    if (!peer) return peer.error();
    return context.enable_peer((*peer)->device());
  });
}
CUresult Driver::cuCtxDisablePeerAccess(CUcontext handle) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<ContextPtr> peer = context_of(handle);
    if (!peer) return peer.error();
    return context.disable_peer((*peer)->device());
  });
}

CUresult Driver::cuCtxGetSharedMemConfig(CUsharedconfig* config) {
  if (config == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    *config = CU_SHARED_MEM_CONFIG_FOUR_BYTE_BANK_SIZE;
    return {};
  });
}

// Ignored on every chip since compute capability 5, as CUDA documents.
CUresult Driver::cuCtxSetSharedMemConfig(CUsharedconfig config) {
  if (static_cast<unsigned>(config) > CU_SHARED_MEM_CONFIG_EIGHT_BYTE_BANK_SIZE) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([](runtime::Context&) -> Result<void> { return {}; });
}

// There are no persisting lines: the emulated chip keeps no cache contents between launches.
CUresult Driver::cuCtxResetPersistingL2Cache() {
  return in_driver_context([](runtime::Context&) -> Result<void> { return {}; });
}

CUresult Driver::cuCtxSynchronize() {
  Result<ContextPtr> context = runtime::current_context();
  if (!context) return driver_answer(context.error());
  if (Result<void> allowed = runtime::check_unsafe_call(**context); !allowed) return driver_answer(allowed);
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
  if (least != nullptr) *least = kLeastPriority;
  if (greatest != nullptr) *greatest = kGreatestPriority;
  return CUDA_SUCCESS;
}

CUresult Driver::cuProfilerStart() {
  perf::pause_counting(false);
  return CUDA_SUCCESS;
}
CUresult Driver::cuProfilerStop() {
  perf::pause_counting(true);
  return CUDA_SUCCESS;
}

}  // namespace qiao::shim
