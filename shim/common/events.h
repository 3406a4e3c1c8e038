// Events as both libraries see them: the handles, and what each call does once a context is current.
#pragma once

#include <memory>

#include "shim/common/answer.h"
#include "src/runtime/event.h"
#include "src/runtime/ipc.h"

namespace qiao::shim {

// The flag bits cudaEvent* and CU_EVENT_* share.
inline constexpr unsigned kEventBlockingSync = 1;
inline constexpr unsigned kEventDisableTiming = 2;
inline constexpr unsigned kEventInterprocess = 4;
// The flag of cudaEventRecordWithFlags and of cudaStreamWaitEvent, both: in a capture, a node of the graph.
inline constexpr unsigned kEventRecordExternal = 1;
inline constexpr unsigned kEventWaitExternal = 1;

Result<std::shared_ptr<runtime::Event>> event_of(const void* handle);
Result<void*> create_event(runtime::Context& context, unsigned flags);
Result<runtime::IpcHandle> event_handle(const void* handle);  // InvalidHandle unless it is an interprocess event
Result<void*> open_event(runtime::Context& context, const runtime::IpcHandle& handle);
Result<void> destroy_event(const void* handle);
Result<void> record_event(runtime::Context& context, const void* event, const void* stream, DefaultStream kind,
                          unsigned flags = 0);
// NotReady until the event is reached.
Result<void> query_event(const void* handle);
// Waits; then the context's sticky error, if the work before the event failed.
Result<void> synchronize_event(runtime::Context& context, const void* handle);
Result<void> elapsed_time(float* milliseconds, const void* start, const void* end);

}  // namespace qiao::shim
