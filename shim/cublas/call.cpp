#include "shim/cublas/call.h"

#include "src/base/log.h"
#include "src/runtime/capture.h"

namespace qiao::shim {

Call::Call(const char* name, cublasHandle_t handle) : name_(name) {
  const std::shared_ptr<cublasContext> found = blas_handles().find(handle);
  if (!found) {
    status_ = CUBLAS_STATUS_NOT_INITIALIZED;
    log::warn(std::string(name) + ": invalid handle");
    return;
  }
  context_ = found->context;
  stream_ = found->stream;
  device_scalars_ = found->pointer_mode == CUBLAS_POINTER_MODE_DEVICE;
  math_mode_ = found->math_mode;
  any_memory_ = found->any_memory;
}

Call::Call(const char* name, std::shared_ptr<runtime::Context> context, cudaStream_t stream, bool device_scalars)
    : name_(name), context_(std::move(context)), stream_(stream), device_scalars_(device_scalars) {}

void Call::require(bool fine, const char* what) {
  if (fine || !good()) return;
  status_ = CUBLAS_STATUS_INVALID_VALUE;
  log::warn(std::string(name_) + ": invalid " + what);
}

void Call::refuse(std::string what) {
  if (!good()) return;
  status_ = CUBLAS_STATUS_NOT_SUPPORTED;
  log::warn(std::string(name_) + ": unsupported: " + what);
}

char Call::op(const char* what, cublasOperation_t value, const char* allowed) {
  constexpr char kLetters[] = "NTC";
  require(value >= CUBLAS_OP_N && value <= CUBLAS_OP_C, what);
  if (!good()) return 'N';
  const char letter = kLetters[value];
  require(std::string_view(allowed).find(letter) != std::string_view::npos, what);
  return letter;
}

char Call::fill(cublasFillMode_t value) {
  require(value == CUBLAS_FILL_MODE_LOWER || value == CUBLAS_FILL_MODE_UPPER, "uplo");
  return value == CUBLAS_FILL_MODE_LOWER ? 'L' : 'U';
}

char Call::side(cublasSideMode_t value) {
  require(value == CUBLAS_SIDE_LEFT || value == CUBLAS_SIDE_RIGHT, "side");
  return value == CUBLAS_SIDE_LEFT ? 'L' : 'R';
}

char Call::diag(cublasDiagType_t value) {
  require(value == CUBLAS_DIAG_NON_UNIT || value == CUBLAS_DIAG_UNIT, "diag");
  return value == CUBLAS_DIAG_NON_UNIT ? 'N' : 'U';
}

Result<std::shared_ptr<runtime::Stream>> Call::stream() const {
  if (context_->destroyed())
    return invalid(Code::InvalidContext, std::string(name_) + ": the handle's context is gone");
  if (Result<void> failed = sticky(*context_); !failed) return failed.error();
  return stream_of(*context_, stream_, DefaultStream::Legacy);
}

cublasStatus_t Call::enqueue(Work work) {
  Result<std::shared_ptr<runtime::Stream>> stream = this->stream();
  if (!stream) return blas_answer(stream.error());
  if (!(*stream)->capturing()) {
    (*stream)->enqueue(std::move(work));
    return CUBLAS_STATUS_SUCCESS;
  }
  auto kept = std::make_shared<const Work>(std::move(work));
  return blas_answer(runtime::capture_work(**stream, runtime::LibraryWork{std::move(kept), name_}));
}

cublasStatus_t Call::run_now(Work work) {
  Result<std::shared_ptr<runtime::Stream>> stream = this->stream();
  if (!stream) return blas_answer(stream.error());
  if (Result<void> free = runtime::check_not_capturing(**stream, "a result in host memory"); !free) {
    return blas_answer(free);
  }
  (*stream)->run_now(std::move(work));
  return blas_answer(sticky(*context_));
}

}  // namespace qiao::shim
