#include "shim/common/answer.h"

#include "src/base/log.h"
#include "src/runtime/capture.h"

namespace qiao::shim {
namespace {

void say(const Error& error) {
  if (error.message.empty() || error.code == Code::NotReady) return;
  log::warn(error.message);
}

// Codes which only the runtime API has, as the driver API would answer.
CUresult driver_code(Code code) {
  switch (code) {
    case Code::InvalidConfiguration:
    case Code::InvalidPitchValue:
    case Code::InvalidMemcpyDirection:
      return CUDA_ERROR_INVALID_VALUE;
    case Code::InvalidSymbol:
    case Code::InvalidDeviceFunction:
      return CUDA_ERROR_NOT_FOUND;
    default:
      return static_cast<CUresult>(code);
  }
}

}  // namespace

cudaError_t runtime_answer(const Error& error) {
  say(error);
  return static_cast<cudaError_t>(error.code);
}

CUresult driver_answer(const Error& error) {
  say(error);
  return driver_code(error.code);
}

Result<std::shared_ptr<runtime::Stream>> stream_of(runtime::Context& context, const void* handle, DefaultStream kind) {
  Result<std::shared_ptr<runtime::Stream>> stream = plain_stream_of(context, handle, kind);
  if (!runtime::any_capture() || !stream || !(*stream)->options().legacy) return stream;
  if (Result<void> free = runtime::check_legacy_use(context, true); !free) return free.error();
  return stream;
}

Result<std::shared_ptr<runtime::Stream>> plain_stream_of(runtime::Context& context, const void* handle,
                                                         DefaultStream kind) {
  uintptr_t number = reinterpret_cast<uintptr_t>(handle);
  if (number == 0) number = kind == DefaultStream::Legacy ? 1 : 2;
  if (number == 1) return context.legacy_stream()->shared_from_this();
  if (number == 2) return context.thread_stream();
  std::shared_ptr<runtime::Stream> stream = context.find_stream(handle);
  if (!stream) stream = runtime::find_stream(handle);
  if (!stream) return invalid(Code::InvalidHandle, "stream handle is not live");
  return stream;
}

Result<std::shared_ptr<runtime::Stream>> launch_stream_of(runtime::Context& context, const void* handle,
                                                          DefaultStream kind) {
  Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, kind);
  if (stream && &(*stream)->context() != &context)
    return invalid(Code::InvalidHandle, "a kernel is launched in a stream of another context than the current one");
  return stream;
}

}  // namespace qiao::shim
