// Streams as both libraries see them: what each call does once a context is current.
#pragma once

#include <functional>

#include "shim/common/answer.h"

namespace qiao::shim {

inline constexpr unsigned kStreamNonBlocking = 1;

Result<void*> create_stream(runtime::Context& context, unsigned flags, int priority);
// Waits; then the context's sticky error, if the stream's work failed.
Result<void> synchronize_stream(runtime::Stream& stream);
// NotReady while the stream has work.
Result<void> query_stream(runtime::Stream& stream);
Result<void> wait_event(runtime::Stream& stream, const void* event);
// Host functions run on one thread of ours, so that a function which waits for another stream's work or takes long
// never holds up the thread that serves a stream for others (design D10).
void enqueue_host_function(runtime::Stream& stream, std::function<void()> function);

// Runs `body(Stream&) -> Result<void>` on the stream behind the handle.
template <class Body>
Result<void> with_stream(runtime::Context& context, const void* handle, DefaultStream kind, Body body) {
  Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, kind);
  if (!stream) return stream.error();
  return body(**stream);
}

}  // namespace qiao::shim
