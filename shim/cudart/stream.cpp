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
  return in_runtime_context([&](runtime::Context& context) { return context.destroy_stream(stream); });
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

cudaError_t Cudart::cudaStreamGetFlags(cudaStream_t handle, unsigned int* flags) {
  if (flags == nullptr) return cudaErrorInvalidValue;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    *flags = stream.options().non_blocking ? 1 : 0;
    return {};
  });
}

cudaError_t Cudart::cudaStreamGetPriority(cudaStream_t handle, int* priority) {
  if (priority == nullptr) return cudaErrorInvalidValue;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    *priority = stream.options().priority;
    return {};
  });
}

cudaError_t Cudart::cudaStreamGetId(cudaStream_t handle, unsigned long long* id) {
  if (id == nullptr) return cudaErrorInvalidValue;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    *id = stream.id();
    return {};
  });
}

cudaError_t Cudart::cudaStreamGetDevice(cudaStream_t handle, int* device) {
  if (device == nullptr) return cudaErrorInvalidValue;
  return on_stream(handle, DefaultStream::Legacy, [&](Stream& stream) -> Result<void> {
    *device = stream.context().device().ordinal();
    return {};
  });
}

}  // namespace qiao::shim
