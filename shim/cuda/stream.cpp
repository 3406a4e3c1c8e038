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

// One fact about the stream, told to where `to` points.
template <class Fact, class Ask>
CUresult get(CUstream handle, Fact* to, DefaultStream kind, Ask ask) {
  if (to == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, kind, [&](Stream& stream) -> Result<void> {
    *to = ask(stream);
    return {};
  });
}

unsigned flags_of(Stream& stream) {
  return stream.options().non_blocking ? kStreamNonBlocking : 0;
}
int priority_of(Stream& stream) {
  return stream.options().priority;
}
unsigned long long id_of(Stream& stream) {
  return stream.id();
}
CUdevice device_of(Stream& stream) {
  return stream.context().device().ordinal();
}
CUcontext context_of(Stream& stream) {
  return reinterpret_cast<CUcontext>(stream.context().shared_from_this().get());
}

}  // namespace

CUresult Driver::cuStreamCreateWithPriority(CUstream* handle, unsigned int flags, int priority) {
  return create(handle, flags, priority);
}
CUresult Driver::cuStreamCreate(CUstream* handle, unsigned int flags) {
  return create(handle, flags, 0);
}
CUresult Driver::cuStreamDestroy_v2(CUstream handle) {
  return in_driver_context([&](runtime::Context& context) { return destroy_stream(context, handle); });
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

CUresult Driver::cuStreamGetFlags(CUstream stream, unsigned int* flags) {
  return get(stream, flags, DefaultStream::Legacy, flags_of);
}
CUresult Driver::cuStreamGetFlags_ptsz(CUstream stream, unsigned int* flags) {
  return get(stream, flags, DefaultStream::PerThread, flags_of);
}
CUresult Driver::cuStreamGetPriority(CUstream stream, int* priority) {
  return get(stream, priority, DefaultStream::Legacy, priority_of);
}
CUresult Driver::cuStreamGetPriority_ptsz(CUstream stream, int* priority) {
  return get(stream, priority, DefaultStream::PerThread, priority_of);
}
CUresult Driver::cuStreamGetId(CUstream stream, unsigned long long* id) {
  return get(stream, id, DefaultStream::Legacy, id_of);
}
CUresult Driver::cuStreamGetId_ptsz(CUstream stream, unsigned long long* id) {
  return get(stream, id, DefaultStream::PerThread, id_of);
}
CUresult Driver::cuStreamGetDevice(CUstream stream, CUdevice* device) {
  return get(stream, device, DefaultStream::Legacy, device_of);
}
CUresult Driver::cuStreamGetDevice_ptsz(CUstream stream, CUdevice* device) {
  return get(stream, device, DefaultStream::PerThread, device_of);
}
CUresult Driver::cuStreamGetCtx(CUstream stream, CUcontext* context) {
  return get(stream, context, DefaultStream::Legacy, context_of);
}
CUresult Driver::cuStreamGetCtx_ptsz(CUstream stream, CUcontext* context) {
  return get(stream, context, DefaultStream::PerThread, context_of);
}

}  // namespace qiao::shim
