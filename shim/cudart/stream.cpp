// Streams and host functions of the runtime API.
#include "src/runtime/stream.h"

#include "shim/common/streams.h"
#include "src/runtime/device.h"

namespace qiao::shim {
namespace {

using Stream = runtime::Stream;

template <class Body>
cudaError_t on_stream(cudaStream_t handle, DefaultStream kind, Body body) {
  return in_runtime_context([&](runtime::Context& context) { return with_stream(context, handle, kind, body); });
}

cudaError_t create(cudaStream_t* handle, unsigned int flags, int priority) {
  if (handle == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = create_stream(context, flags, priority);
    if (!made) return made.error();
    *handle = static_cast<cudaStream_t>(*made);
    return {};
  });
}

cudaError_t add_callback(cudaStream_t handle, cudaStreamCallback_t callback, void* data, DefaultStream kind) {
  if (callback == nullptr) return cudaErrorInvalidValue;
  return on_stream(handle, kind, [&](Stream& stream) -> Result<void> {
    return enqueue_callback(stream, [handle, callback, data, &context = stream.context()] {
      callback(handle, static_cast<cudaError_t>(context.sticky_error()), data);
    });
  });
}

cudaError_t launch_host(cudaStream_t handle, cudaHostFn_t function, void* data, DefaultStream kind) {
  if (function == nullptr) return cudaErrorInvalidValue;
  return on_stream(handle, kind, [&](Stream& stream) { return launch_host_function(stream, function, data); });
}

// One fact about the stream, told to where `to` points.
template <class Fact, class Ask>
cudaError_t get(cudaStream_t handle, Fact* to, DefaultStream kind, Ask ask) {
  if (to == nullptr) return cudaErrorInvalidValue;
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
int device_of(Stream& stream) {
  return stream.context().device().ordinal();
}

}  // namespace

cudaError_t Cudart::cudaStreamCreate(cudaStream_t* stream) {
  return create(stream, 0, 0);
}

cudaError_t Cudart::cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags) {
  return create(stream, flags, 0);
}

cudaError_t Cudart::cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned int flags, int priority) {
  return create(stream, flags, priority);
}

cudaError_t Cudart::cudaStreamDestroy(cudaStream_t stream) {
  return in_runtime_context([&](runtime::Context& context) { return destroy_stream(context, stream); });
}

cudaError_t Cudart::cudaStreamSynchronize(cudaStream_t stream) {
  return on_stream(stream, DefaultStream::Legacy, synchronize_stream);
}

cudaError_t Cudart::cudaStreamSynchronize_ptsz(cudaStream_t stream) {
  return on_stream(stream, DefaultStream::PerThread, synchronize_stream);
}

cudaError_t Cudart::cudaStreamQuery(cudaStream_t stream) {
  return on_stream(stream, DefaultStream::Legacy, query_stream);
}

cudaError_t Cudart::cudaStreamQuery_ptsz(cudaStream_t stream) {
  return on_stream(stream, DefaultStream::PerThread, query_stream);
}

cudaError_t Cudart::cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int flags) {
  return on_stream(stream, DefaultStream::Legacy, [&](Stream& where) { return wait_event(where, event, flags); });
}

cudaError_t Cudart::cudaStreamWaitEvent_ptsz(cudaStream_t stream, cudaEvent_t event, unsigned int flags) {
  return on_stream(stream, DefaultStream::PerThread, [&](Stream& where) { return wait_event(where, event, flags); });
}

cudaError_t Cudart::cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback, void* data,
                                          unsigned int) {
  return add_callback(stream, callback, data, DefaultStream::Legacy);
}

cudaError_t Cudart::cudaStreamAddCallback_ptsz(cudaStream_t stream, cudaStreamCallback_t callback, void* data,
                                               unsigned int) {
  return add_callback(stream, callback, data, DefaultStream::PerThread);
}

cudaError_t Cudart::cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  return launch_host(stream, function, data, DefaultStream::Legacy);
}

cudaError_t Cudart::cudaLaunchHostFunc_ptsz(cudaStream_t stream, cudaHostFn_t function, void* data) {
  return launch_host(stream, function, data, DefaultStream::PerThread);
}

cudaError_t Cudart::cudaStreamGetFlags(cudaStream_t stream, unsigned int* flags) {
  return get(stream, flags, DefaultStream::Legacy, flags_of);
}
cudaError_t Cudart::cudaStreamGetFlags_ptsz(cudaStream_t stream, unsigned int* flags) {
  return get(stream, flags, DefaultStream::PerThread, flags_of);
}
cudaError_t Cudart::cudaStreamGetPriority(cudaStream_t stream, int* priority) {
  return get(stream, priority, DefaultStream::Legacy, priority_of);
}
cudaError_t Cudart::cudaStreamGetPriority_ptsz(cudaStream_t stream, int* priority) {
  return get(stream, priority, DefaultStream::PerThread, priority_of);
}
cudaError_t Cudart::cudaStreamGetId(cudaStream_t stream, unsigned long long* id) {
  return get(stream, id, DefaultStream::Legacy, id_of);
}
cudaError_t Cudart::cudaStreamGetId_ptsz(cudaStream_t stream, unsigned long long* id) {
  return get(stream, id, DefaultStream::PerThread, id_of);
}
cudaError_t Cudart::cudaStreamGetDevice(cudaStream_t stream, int* device) {
  return get(stream, device, DefaultStream::Legacy, device_of);
}
cudaError_t Cudart::cudaStreamGetDevice_ptsz(cudaStream_t stream, int* device) {
  return get(stream, device, DefaultStream::PerThread, device_of);
}

}  // namespace qiao::shim
