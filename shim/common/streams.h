// Streams as both libraries see them: what each call does once a context is current.
#pragma once

#include <functional>

#include "shim/common/answer.h"

namespace qiao::shim {

inline constexpr unsigned kStreamNonBlocking = 1;
// What CUDA devices report. Others are taken as the nearest of these; a hint to the chip, which worker joins what.
inline constexpr int kLeastPriority = 0, kGreatestPriority = -5;

Result<void*> create_stream(runtime::Context& context, unsigned flags, int priority);
// A stream of whichever context.
Result<void> destroy_stream(runtime::Context& context, const void* handle);
// Waits; then the context's sticky error, if the stream's work failed.
Result<void> synchronize_stream(runtime::Stream& stream);
// NotReady while the stream has work.
Result<void> query_stream(runtime::Stream& stream);
Result<void> wait_event(runtime::Stream& stream, const void* event, unsigned flags);
// A host function in the stream's order; while the stream captures, a node.
Result<void> launch_host_function(runtime::Stream& stream, void (*function)(void*), void* data);
// A stream callback, which no capture takes.
Result<void> enqueue_callback(runtime::Stream& stream, std::function<void()> callback);

// Runs `body(Stream&) -> Result<void>` on the stream behind the handle.
template <class Body>
Result<void> with_stream(runtime::Context& context, const void* handle, DefaultStream kind, Body body) {
  Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, kind);
  if (!stream) return stream.error();
  return body(**stream);
}

}  // namespace qiao::shim
