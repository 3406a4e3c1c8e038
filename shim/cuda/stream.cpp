// Streams and host functions of the driver API.
#include "src/runtime/stream.h"

#include "shim/common/streams.h"
#include "src/runtime/device.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

using Stream = runtime::Stream;

template <class Body>
CUresult on_stream(CUstream handle, DefaultStream kind, Body body) {
  return in_driver_context([&](runtime::Context& context) { return with_stream(context, handle, kind, body); });
}

CUresult create(CUstream* handle, unsigned int flags, int priority) {
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = create_stream(context, flags, priority);
    if (!made) return made.error();
    *handle = static_cast<CUstream>(*made);
    return {};
  });
}

CUresult add_callback(CUstream handle, CUstreamCallback callback, void* data, DefaultStream kind) {
  if (callback == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, kind, [&](Stream& stream) -> Result<void> {
    return enqueue_callback(stream, [handle, callback, data, &context = stream.context()] {
      callback(handle, static_cast<CUresult>(context.sticky_error()), data);
    });
  });
}

CUresult launch_host(CUstream handle, CUhostFn function, void* data, DefaultStream kind) {
  if (function == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, kind, [&](Stream& stream) { return launch_host_function(stream, function, data); });
}

}  // namespace

CUresult Driver::cuStreamCreateWithPriority(CUstream* handle, unsigned int flags, int priority) {
  return create(handle, flags, priority);
}
CUresult Driver::cuStreamCreate(CUstream* handle, unsigned int flags) {
  return create(handle, flags, 0);
}
CUresult Driver::cuStreamDestroy_v2(CUstream handle) {
  return in_driver_context([&](runtime::Context& context) { return context.destroy_stream(handle); });
}

CUresult Driver::cuStreamSynchronize(CUstream stream) {
  return on_stream(stream, DefaultStream::Legacy, synchronize_stream);
}
CUresult Driver::cuStreamSynchronize_ptsz(CUstream stream) {
  return on_stream(stream, DefaultStream::PerThread, synchronize_stream);
}
CUresult Driver::cuStreamQuery(CUstream stream) {
  return on_stream(stream, DefaultStream::Legacy, query_stream);
}
CUresult Driver::cuStreamQuery_ptsz(CUstream stream) {
  return on_stream(stream, DefaultStream::PerThread, query_stream);
}
CUresult Driver::cuStreamWaitEvent(CUstream stream, CUevent event, unsigned int flags) {
  return on_stream(stream, DefaultStream::Legacy, [&](Stream& where) { return wait_event(where, event, flags); });
}
CUresult Driver::cuStreamWaitEvent_ptsz(CUstream stream, CUevent event, unsigned int flags) {
  return on_stream(stream, DefaultStream::PerThread, [&](Stream& where) { return wait_event(where, event, flags); });
}
CUresult Driver::cuStreamAddCallback(CUstream stream, CUstreamCallback callback, void* data, unsigned int) {
  return add_callback(stream, callback, data, DefaultStream::Legacy);
}
CUresult Driver::cuStreamAddCallback_ptsz(CUstream stream, CUstreamCallback callback, void* data, unsigned int) {
  return add_callback(stream, callback, data, DefaultStream::PerThread);
}
CUresult Driver::cuLaunchHostFunc(CUstream stream, CUhostFn function, void* data) {
  return launch_host(stream, function, data, DefaultStream::Legacy);
}
CUresult Driver::cuLaunchHostFunc_ptsz(CUstream stream, CUhostFn function, void* data) {
  return launch_host(stream, function, data, DefaultStream::PerThread);
}

CUresult Driver::cuStreamGetFlags(CUstream handle, unsigned int* flags) {
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    *flags = stream.options().non_blocking ? 1 : 0;
    return {};
  });
}
CUresult Driver::cuStreamGetPriority(CUstream handle, int* priority) {
  if (priority == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    *priority = stream.options().priority;
    return {};
  });
}
CUresult Driver::cuStreamGetId(CUstream handle, unsigned long long* id) {
  if (id == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    *id = stream.id();
    return {};
  });
}
CUresult Driver::cuStreamGetCtx(CUstream handle, CUcontext* context_handle) {
  if (context_handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    std::shared_ptr<runtime::Context> context = stream.context().shared_from_this();
    *context_handle = reinterpret_cast<CUcontext>(context.get());
    return {};
  });
}

}  // namespace qiao::shim
