// Events of the runtime API.
#include "src/runtime/event.h"

#include "shim/common/answer.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

constexpr unsigned kBlockingSync = 1;
constexpr unsigned kDisableTiming = 2;
constexpr unsigned kInterprocess = 4;

Result<std::shared_ptr<runtime::Event>> event_of(cudaEvent_t handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  std::shared_ptr<runtime::Event> event = (*platform)->events().find(handle);
  if (!event) return invalid(Code::InvalidHandle, "event handle is not live");
  return event;
}

cudaError_t record(cudaEvent_t handle, cudaStream_t stream_handle, DefaultStream kind) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
    if (!event) return event.error();
    Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, stream_handle, kind);
    if (!stream) return stream.error();
    (*event)->record(**stream);
    return {};
  });
}

}  // namespace

cudaError_t Cudart::cudaEventCreateWithFlags(cudaEvent_t* handle, unsigned int flags) {
  if (handle == nullptr) return cudaErrorInvalidValue;
  if ((flags & ~(kBlockingSync | kDisableTiming | kInterprocess)) != 0) return cudaErrorInvalidValue;
  if ((flags & kInterprocess) != 0) return runtime_answer(unsupported("interprocess events"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    runtime::Event::Options options{.timing = (flags & kDisableTiming) == 0,
                                    .blocking_sync = (flags & kBlockingSync) != 0};
    Result<runtime::Platform*> platform = runtime::Platform::get();
    if (!platform) return platform.error();
    *handle =
        reinterpret_cast<cudaEvent_t>((*platform)->events().add(std::make_shared<runtime::Event>(context, options)));
    return {};
  });
}

cudaError_t Cudart::cudaEventCreate(cudaEvent_t* handle) {
  return cudaEventCreateWithFlags(handle, 0);
}

cudaError_t Cudart::cudaEventDestroy(cudaEvent_t handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return runtime_answer(platform.error());
  if (!(*platform)->events().remove(handle)) {
    return runtime_answer(invalid(Code::InvalidHandle, "event handle is not live"));
  }
  return cudaSuccess;
}

cudaError_t Cudart::cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return record(event, stream, DefaultStream::Legacy);
}

cudaError_t Cudart::cudaEventRecord_ptsz(cudaEvent_t event, cudaStream_t stream) {
  return record(event, stream, DefaultStream::PerThread);
}

cudaError_t Cudart::cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned int) {
  return record(event, stream, DefaultStream::Legacy);
}

cudaError_t Cudart::cudaEventRecordWithFlags_ptsz(cudaEvent_t event, cudaStream_t stream, unsigned int) {
  return record(event, stream, DefaultStream::PerThread);
}

cudaError_t Cudart::cudaEventQuery(cudaEvent_t handle) {
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
    if (!event) return event.error();
    if (!(*event)->reached()) return Error{Code::NotReady, "event has not been reached yet"};
    return {};
  });
}

cudaError_t Cudart::cudaEventSynchronize(cudaEvent_t handle) {
  Code after = Code::Success;
  cudaError_t error = in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
    if (!event) return event.error();
    (*event)->synchronize();
    after = context.sticky_error();
    return {};
  });
  return error != cudaSuccess ? error : static_cast<cudaError_t>(after);
}

cudaError_t Cudart::cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (milliseconds == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    Result<std::shared_ptr<runtime::Event>> first = event_of(start);
    if (!first) return first.error();
    Result<std::shared_ptr<runtime::Event>> second = event_of(end);
    if (!second) return second.error();
    Result<float> elapsed = (*second)->elapsed_since(**first);
    if (!elapsed) return elapsed.error();
    *milliseconds = *elapsed;
    return {};
  });
}

cudaError_t Cudart::cudaEventElapsedTime_v2(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return cudaEventElapsedTime(milliseconds, start, end);
}

}  // namespace qiao::shim
