// Events of the driver API.
#include "src/runtime/event.h"

#include "shim/common/answer.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

Result<std::shared_ptr<runtime::Event>> event_of(CUevent handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  std::shared_ptr<runtime::Event> event = (*platform)->events().find(handle);
  if (!event) return invalid(Code::InvalidHandle, "event handle is not live");
  return event;
}

CUresult record(CUevent handle, CUstream stream_handle, DefaultStream kind) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
    if (!event) return event.error();
    Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, stream_handle, kind);
    if (!stream) return stream.error();
    (*event)->record(**stream);
    return {};
  });
}

}  // namespace

CUresult Driver::cuEventCreate(CUevent* handle, unsigned int flags) {
  constexpr unsigned kKnown = CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING | CU_EVENT_INTERPROCESS;
  if (handle == nullptr || (flags & ~kKnown) != 0) return CUDA_ERROR_INVALID_VALUE;
  if ((flags & CU_EVENT_INTERPROCESS) != 0) return driver_answer(unsupported("interprocess events"));
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    runtime::Event::Options options{.timing = (flags & CU_EVENT_DISABLE_TIMING) == 0,
                                    .blocking_sync = (flags & CU_EVENT_BLOCKING_SYNC) != 0};
    auto event = std::make_shared<runtime::Event>(context, options);
    *handle = reinterpret_cast<CUevent>((*runtime::Platform::get())->events().add(std::move(event)));
    return {};
  });
}

CUresult Driver::cuEventDestroy_v2(CUevent handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return driver_answer(platform.error());
  if (!(*platform)->events().remove(handle)) {
    return driver_answer(invalid(Code::InvalidHandle, "event handle is not live"));
  }
  return CUDA_SUCCESS;
}

CUresult Driver::cuEventRecord(CUevent event, CUstream stream) {
  return record(event, stream, DefaultStream::Legacy);
}
CUresult Driver::cuEventRecord_ptsz(CUevent event, CUstream stream) {
  return record(event, stream, DefaultStream::PerThread);
}
CUresult Driver::cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned int) {
  return record(event, stream, DefaultStream::Legacy);
}
CUresult Driver::cuEventRecordWithFlags_ptsz(CUevent event, CUstream stream, unsigned int) {
  return record(event, stream, DefaultStream::PerThread);
}

CUresult Driver::cuEventQuery(CUevent handle) {
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
    if (!event) return event.error();
    if (!(*event)->reached()) return Error{Code::NotReady, "event has not been reached yet"};
    return {};
  });
}

CUresult Driver::cuEventSynchronize(CUevent handle) {
  Code after = Code::Success;
  CUresult result = in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
    if (!event) return event.error();
    (*event)->synchronize();
    after = context.sticky_error();
    return {};
  });
  return result != CUDA_SUCCESS ? result : driver_answer(Error{after, ""});
}

CUresult Driver::cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  if (milliseconds == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
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
CUresult Driver::cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return cuEventElapsedTime(milliseconds, start, end);
}

}  // namespace qiao::shim
