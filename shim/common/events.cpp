#include "shim/common/events.h"

#include "src/runtime/capture.h"
#include "src/runtime/platform.h"
#include "src/runtime/pools.h"

namespace qiao::shim {

Result<std::shared_ptr<runtime::Event>> event_of(const void* handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  std::shared_ptr<runtime::Event> event = (*platform)->events().find(handle);
  if (!event) return invalid(Code::InvalidHandle, "event handle is not live");
  return event;
}

Result<void*> create_event(runtime::Context& context, unsigned flags) {
  if ((flags & ~(kEventBlockingSync | kEventDisableTiming | kEventInterprocess)) != 0) {
    return invalid(Code::InvalidValue, "event flags are not known");
  }
  const bool interprocess = (flags & kEventInterprocess) != 0;
  if (interprocess && (flags & kEventDisableTiming) == 0)
    return invalid(Code::InvalidValue, "an interprocess event cannot time");
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  runtime::Event::Options options{.timing = (flags & kEventDisableTiming) == 0,
                                  .blocking_sync = (flags & kEventBlockingSync) != 0};
  if (interprocess) {
    Result<std::shared_ptr<runtime::IpcEvent>> shared = runtime::IpcEvent::create();
    if (!shared) return shared.error();
    options.interprocess = *std::move(shared);
  }
  return static_cast<void*>((*platform)->events().add(std::make_shared<runtime::Event>(context, options)));
}

Result<runtime::IpcHandle> event_handle(const void* handle) {
  Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
  if (!event) return event.error();
  if (!(*event)->options().interprocess)
    return invalid(Code::InvalidHandle, "the event was not made for several processes");
  return (*event)->options().interprocess->handle();
}

Result<void*> open_event(runtime::Context& context, const runtime::IpcHandle& handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  Result<std::shared_ptr<runtime::IpcEvent>> shared = runtime::IpcEvent::open(handle);
  if (!shared) return shared.error();
  runtime::Event::Options options{.timing = false, .interprocess = *std::move(shared)};
  return static_cast<void*>((*platform)->events().add(std::make_shared<runtime::Event>(context, options)));
}

Result<void> destroy_event(const void* handle) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  if (!(*platform)->events().remove(handle)) return invalid(Code::InvalidHandle, "event handle is not live");
  return {};
}

Result<void> record_event(runtime::Context& context, const void* event, const void* stream, DefaultStream kind,
                          unsigned flags) {
  if (flags > kEventRecordExternal) return invalid(Code::InvalidValue, "flags of an event's record are not known");
  Result<std::shared_ptr<runtime::Event>> found = event_of(event);
  if (!found) return found.error();
  Result<std::shared_ptr<runtime::Stream>> where = stream_of(context, stream, kind);
  if (!where) return where.error();
  const bool external = flags == kEventRecordExternal;
  if ((*where)->capturing() && (*found)->options().interprocess)
    return unsupported("capturing the record of an interprocess event");
  if ((*where)->capturing()) {
    if (external) return runtime::capture_work(**where, runtime::EventRecordWork{*found});
    return runtime::capture_record(**where, **found);
  }
  if (external) return invalid(Code::InvalidValue, "an external record in a stream that is not capturing");
  (*found)->record(**where);
  return {};
}

namespace {

// A captured event has no work behind it that could be waited for (CUDA programming guide, "Prohibited and unhandled
// operations").
Result<std::shared_ptr<runtime::Event>> real_event_of(const void* handle) {
  Result<std::shared_ptr<runtime::Event>> event = event_of(handle);
  if (!event) return event;
  if ((*event)->captured()) {
    runtime::invalidate_capture_of(**event);
    return invalid(Code::CapturedEvent, "the event was last recorded in a stream that was capturing");
  }
  if (Result<void> allowed = runtime::check_unsafe_call(); !allowed) return allowed.error();
  return event;
}

}  // namespace

Result<void> query_event(const void* handle) {
  Result<std::shared_ptr<runtime::Event>> event = real_event_of(handle);
  if (!event) return event.error();
  if (!(*event)->reached()) return Error{Code::NotReady, "event has not been reached yet"};
  return {};
}

Result<void> synchronize_event(runtime::Context& context, const void* handle) {
  Result<std::shared_ptr<runtime::Event>> event = real_event_of(handle);
  if (!event) return event.error();
  if (Result<void> done = (*event)->synchronize(); !done) return done;
  runtime::after_synchronization();
  return sticky(context);
}

Result<void> elapsed_time(float* milliseconds, const void* start, const void* end) {
  Result<std::shared_ptr<runtime::Event>> first = real_event_of(start);
  if (!first) return first.error();
  Result<std::shared_ptr<runtime::Event>> second = real_event_of(end);
  if (!second) return second.error();
  Result<float> elapsed = (*second)->elapsed_since(**first);
  if (!elapsed) return elapsed.error();
  *milliseconds = *elapsed;
  return {};
}

}  // namespace qiao::shim
