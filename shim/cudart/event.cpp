// Events of the runtime API.
#include "shim/common/events.h"

namespace qiao::shim {
namespace {

cudaError_t record(cudaEvent_t event, cudaStream_t stream, DefaultStream kind, unsigned flags = 0) {
  return in_runtime_context(
      [&](runtime::Context& context) { return record_event(context, event, stream, kind, flags); });
}

}  // namespace

cudaError_t Cudart::cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags) {
  if (event == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = create_event(context, flags);
    if (!made) return made.error();
    *event = static_cast<cudaEvent_t>(*made);
    return {};
  });
}

cudaError_t Cudart::cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, 0);
}

cudaError_t Cudart::cudaEventDestroy(cudaEvent_t event) {
  return runtime_answer(destroy_event(event));
}

cudaError_t Cudart::cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return record(event, stream, DefaultStream::Legacy);
}

cudaError_t Cudart::cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned int flags) {
  return record(event, stream, DefaultStream::Legacy, flags);
}

cudaError_t Cudart::cudaEventRecord_ptsz(cudaEvent_t event, cudaStream_t stream) {
  return record(event, stream, DefaultStream::PerThread);
}

cudaError_t Cudart::cudaEventRecordWithFlags_ptsz(cudaEvent_t event, cudaStream_t stream, unsigned int flags) {
  return record(event, stream, DefaultStream::PerThread, flags);
}

cudaError_t Cudart::cudaEventQuery(cudaEvent_t event) {
  return in_runtime_context([&](runtime::Context&) { return query_event(event); });
}

cudaError_t Cudart::cudaEventSynchronize(cudaEvent_t event) {
  return in_runtime_context([&](runtime::Context& context) { return synchronize_event(context, event); });
}

cudaError_t Cudart::cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (milliseconds == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context&) { return elapsed_time(milliseconds, start, end); });
}

cudaError_t Cudart::cudaEventElapsedTime_v2(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return cudaEventElapsedTime(milliseconds, start, end);
}

}  // namespace qiao::shim
