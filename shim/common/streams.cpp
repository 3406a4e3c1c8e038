#include "shim/common/streams.h"

#include <algorithm>

#include "shim/common/events.h"
#include "src/runtime/capture.h"
#include "src/runtime/host_thread.h"
#include "src/runtime/pools.h"

namespace qiao::shim {

Result<void*> create_stream(runtime::Context& context, unsigned flags, int priority) {
  if ((flags & ~kStreamNonBlocking) != 0) return invalid(Code::InvalidValue, "stream flags are not known");
  runtime::Stream::Options options{
      .non_blocking = (flags & kStreamNonBlocking) != 0, .legacy = false, .priority = std::clamp(priority, kGreatestPriority, kLeastPriority)};
  return static_cast<void*>(context.create_stream(options).get());
}

Result<void> destroy_stream(runtime::Context& context, const void* handle) {
  if (std::shared_ptr<runtime::Stream> stream = runtime::find_stream(handle))
    return stream->context().destroy_stream(handle);
  return context.destroy_stream(handle);
}

Result<void> synchronize_stream(runtime::Stream& stream) {
  if (Result<void> allowed = runtime::check_not_capturing(stream, "waiting for a stream"); !allowed) return allowed;
  stream.synchronize();
  runtime::after_synchronization();
  return sticky(stream.context());
}

Result<void> query_stream(runtime::Stream& stream) {
  if (Result<void> allowed = runtime::check_not_capturing(stream, "asking after a stream"); !allowed) return allowed;
  if (!stream.idle()) return Error{Code::NotReady, "stream still has work"};
  return sticky(stream.context());
}

Result<void> wait_event(runtime::Stream& stream, const void* event, unsigned flags) {
  if (flags > kEventWaitExternal) return invalid(Code::InvalidValue, "flags of a wait for an event are not known");
  Result<std::shared_ptr<runtime::Event>> found = event_of(event);
  if (!found) return found.error();
  if (flags == kEventWaitExternal) {
    if (!stream.capturing()) return invalid(Code::InvalidValue, "an external wait in a stream that is not capturing");
    return runtime::capture_work(stream, runtime::EventWaitWork{*found});
  }
  if (stream.capturing() || (*found)->captured()) return runtime::capture_wait(stream, **found);
  if (const auto& shared = (*found)->options().interprocess) {
    if (!shared->reached()) stream.enqueue([shared, record = shared->recorded()] { return shared->wait(record); });
    return {};
  }
  runtime::StreamPoint point = (*found)->point();
  if (!point.reached()) stream.enqueue([]() -> Result<void> { return {}; }, {std::move(point)});
  return {};
}

Result<void> launch_host_function(runtime::Stream& stream, void (*function)(void*), void* data) {
  if (stream.capturing()) return runtime::capture_work(stream, runtime::HostWork{function, data});
  stream.enqueue([function, data]() -> Result<void> {
    runtime::run_host_function([function, data] { function(data); });
    return {};
  });
  return {};
}

Result<void> enqueue_callback(runtime::Stream& stream, std::function<void()> callback) {
  if (Result<void> free = runtime::check_not_capturing(stream, "a stream callback"); !free) return free;
  stream.enqueue([callback = std::move(callback)]() -> Result<void> {
    runtime::run_host_function(callback);
    return {};
  });
  return {};
}

}  // namespace qiao::shim
