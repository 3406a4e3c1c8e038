// Events of the driver API.
#include "shim/common/events.h"

namespace qiao::shim {
namespace {

CUresult record(CUevent event, CUstream stream, DefaultStream kind, unsigned flags = 0) {
  return in_driver_context(
      [&](runtime::Context& context) { return record_event(context, event, stream, kind, flags); });
}

}  // namespace

CUresult Driver::cuEventCreate(CUevent* event, unsigned int flags) {
  if (event == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<void*> made = create_event(context, flags);
    if (!made) return made.error();
    *event = static_cast<CUevent>(*made);
    return {};
  });
}

CUresult Driver::cuEventDestroy_v2(CUevent event) {
  return driver_answer(destroy_event(event));
}

CUresult Driver::cuEventRecord(CUevent event, CUstream stream) {
  return record(event, stream, DefaultStream::Legacy);
}

CUresult Driver::cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned int flags) {
  return record(event, stream, DefaultStream::Legacy, flags);
}

CUresult Driver::cuEventRecord_ptsz(CUevent event, CUstream stream) {
  return record(event, stream, DefaultStream::PerThread);
}

CUresult Driver::cuEventRecordWithFlags_ptsz(CUevent event, CUstream stream, unsigned int flags) {
  return record(event, stream, DefaultStream::PerThread, flags);
}

CUresult Driver::cuEventQuery(CUevent event) {
  return in_driver_context([&](runtime::Context&) { return query_event(event); });
}

CUresult Driver::cuEventSynchronize(CUevent event) {
  return in_driver_context([&](runtime::Context& context) { return synchronize_event(context, event); });
}

CUresult Driver::cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  if (milliseconds == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) { return elapsed_time(milliseconds, start, end); });
}

CUresult Driver::cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return cuEventElapsedTime(milliseconds, start, end);
}

}  // namespace qiao::shim
