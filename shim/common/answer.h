// From Result to CUDA's codes, and from stream handles to streams: what the bodies of both libraries need.
#pragma once

#include <memory>

#include "shim/api/entry_points.h"
#include "src/base/result.h"
#include "src/runtime/context.h"
#include "src/runtime/thread_state.h"

namespace qiao::shim {

// Logs the error's line (not for NotReady, nor again for a sticky error) and gives its code.
cudaError_t runtime_answer(const Error& error);
CUresult driver_answer(const Error& error);
inline cudaError_t runtime_answer(const Result<void>& result) {
  return result ? cudaSuccess : runtime_answer(result.error());
}
inline CUresult driver_answer(const Result<void>& result) {
  return result ? CUDA_SUCCESS : driver_answer(result.error());
}

enum class DefaultStream { Legacy, PerThread };

// The stream behind a handle: 0 is the default stream of the calling convention, 1 the legacy one, 2 the thread's own.
// Streams of other contexts too: copies, waits and most other calls take those (CUDA programming guide, "Stream and
// Event Behavior"). For work: the legacy stream is refused while a stream that it would wait for is capturing.
Result<std::shared_ptr<runtime::Stream>> stream_of(runtime::Context& context, const void* handle, DefaultStream kind);
// For launches of kernels, which take streams of the current context alone.
Result<std::shared_ptr<runtime::Stream>> launch_stream_of(runtime::Context& context, const void* handle,
                                                          DefaultStream kind);
// For calls that enqueue nothing.
Result<std::shared_ptr<runtime::Stream>> plain_stream_of(runtime::Context& context, const void* handle,
                                                         DefaultStream kind);

// The error the context failed with, if it has; without a message, as it was said when it happened.
inline Result<void> sticky(const runtime::Context& context) {
  Code code = context.sticky_error();
  if (code == Code::Success) return {};
  return Error{code, ""};
}

// Runs `body(Context&) -> Result<void>` in the runtime API's current context unless that has failed.
template <class Body>
cudaError_t in_runtime_context(Body body) {
  Result<std::shared_ptr<runtime::Context>> context = runtime::runtime_context();
  if (!context) return runtime_answer(context.error());
  if (Result<void> failed = sticky(**context); !failed) return runtime_answer(failed);
  return runtime_answer(body(**context));
}

// The same for the driver API, whose current context must exist.
template <class Body>
CUresult in_driver_context(Body body) {
  Result<std::shared_ptr<runtime::Context>> context = runtime::current_context();
  if (!context) return driver_answer(context.error());
  if (Result<void> failed = sticky(**context); !failed) return driver_answer(failed);
  return driver_answer(body(**context));
}

}  // namespace qiao::shim
