// Streams and host functions of the driver API.
#include "src/runtime/stream.h"

#include "shim/common/answer.h"
#include "shim/common/host_function.h"
#include "src/runtime/device.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

using Stream = runtime::Stream;

template <class Body>
CUresult on_stream(CUstream handle, DefaultStream kind, Body body) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<Stream>> stream = stream_of(context, handle, kind);
    if (!stream) return stream.error();
    return body(**stream);
  });
}

CUresult synchronize(CUstream handle, DefaultStream kind) {
  Code after = Code::Success;
  CUresult result = on_stream(handle, kind, [&](Stream& stream) -> Result<void> {
    stream.synchronize();
    after = stream.context().sticky_error();
    return {};
  });
  return result != CUDA_SUCCESS ? result : driver_answer(Error{after, ""});
}

CUresult query(CUstream handle, DefaultStream kind) {
  return on_stream(handle, kind, [](Stream& stream) -> Result<void> {
    if (!stream.idle()) return Error{Code::NotReady, "stream still has work"};
    return {};
  });
}

CUresult wait_event(CUstream handle, CUevent event, DefaultStream kind) {
  return on_stream(handle, kind, [&](Stream& stream) -> Result<void> {
    std::shared_ptr<runtime::Event> found = (*runtime::Platform::get())->events().find(event);
    if (!found) return invalid(Code::InvalidHandle, "event handle is not live");
    runtime::StreamPoint point = found->point();
    if (!point.reached()) stream.enqueue([]() -> Result<void> { return {}; }, {std::move(point)});
    return {};
  });
}

CUresult add_callback(CUstream handle, CUstreamCallback callback, void* data, DefaultStream kind) {
  if (callback == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, kind, [&](Stream& stream) -> Result<void> {
    enqueue_host_function(stream, [handle, callback, data, &context = stream.context()] {
      callback(handle, static_cast<CUresult>(context.sticky_error()), data);
    });
    return {};
  });
}

CUresult launch_host(CUstream handle, CUhostFn function, void* data, DefaultStream kind) {
  if (function == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return on_stream(handle, kind, [&](Stream& stream) -> Result<void> {
    enqueue_host_function(stream, [function, data] { function(data); });
    return {};
  });
}

}  // namespace

CUresult Driver::cuStreamCreateWithPriority(CUstream* handle, unsigned int flags, int priority) {
  if (handle == nullptr || (flags & ~1u) != 0) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Stream::Options options{.non_blocking = (flags & 1u) != 0, .legacy = false, .priority = priority};
    *handle = reinterpret_cast<CUstream>(context.create_stream(options).get());
    return {};
  });
}
CUresult Driver::cuStreamCreate(CUstream* handle, unsigned int flags) {
  return cuStreamCreateWithPriority(handle, flags, 0);
}
CUresult Driver::cuStreamDestroy_v2(CUstream handle) {
  return in_driver_context([&](runtime::Context& context) { return context.destroy_stream(handle); });
}

CUresult Driver::cuStreamSynchronize(CUstream stream) {
  return synchronize(stream, DefaultStream::Legacy);
}
CUresult Driver::cuStreamSynchronize_ptsz(CUstream stream) {
  return synchronize(stream, DefaultStream::PerThread);
}
CUresult Driver::cuStreamQuery(CUstream stream) {
  return query(stream, DefaultStream::Legacy);
}
CUresult Driver::cuStreamQuery_ptsz(CUstream stream) {
  return query(stream, DefaultStream::PerThread);
}
CUresult Driver::cuStreamWaitEvent(CUstream stream, CUevent event, unsigned int) {
  return wait_event(stream, event, DefaultStream::Legacy);
}
CUresult Driver::cuStreamWaitEvent_ptsz(CUstream stream, CUevent event, unsigned int) {
  return wait_event(stream, event, DefaultStream::PerThread);
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
    *context_handle = reinterpret_cast<CUcontext>((*runtime::Platform::get())->contexts().add(std::move(context)));
    return {};
  });
}

// Stream capture is not there yet (cuStreamBeginCapture refuses), so no stream is ever capturing.
CUresult Driver::cuStreamIsCapturing(CUstream, CUstreamCaptureStatus* status) {
  if (status == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *status = CU_STREAM_CAPTURE_STATUS_NONE;
  return CUDA_SUCCESS;
}

}  // namespace qiao::shim
