// Names and texts of runtime errors (shim/api/errors.inc), and the calling thread's last error.
#include "shim/api/enter.h"
#include "src/runtime/thread_state.h"

namespace qiao::shim {
namespace {

struct Named {
  int code;
  const char* name;
  const char* text;
};

// clang-format off
#define QIAO_ERROR(number, runtime, driver, text) {runtime, #runtime, text},
#define QIAO_CUDART_ERROR(number, runtime, text) {runtime, #runtime, text},
#define QIAO_DRIVER_ERROR(number, driver, text)
constexpr Named kErrors[] = {
#include "shim/api/errors.inc"
};

#define QIAO_ERROR(number, runtime, driver, text) static_assert(runtime == number);
#define QIAO_CUDART_ERROR(number, runtime, text) static_assert(runtime == number);
#define QIAO_DRIVER_ERROR(number, driver, text)
#include "shim/api/errors.inc"
// clang-format on

constexpr Named kUnknown = {cudaErrorUnknown, "unrecognized error code", "unrecognized error code"};

const Named& find(cudaError_t code) {
  for (const Named& error : kErrors) {
    if (error.code == code) return error;
  }
  return kUnknown;
}

thread_local cudaError_t last_error = cudaSuccess;

// A context that failed answers every call with its error, these two included; it cannot be cleared.
cudaError_t sticky_or(cudaError_t error) {
  const auto& contexts = runtime::ThreadState::current().contexts;
  if (contexts.empty() || !contexts.back()) return error;
  Code sticky = contexts.back()->sticky_error();
  return sticky == Code::Success ? error : static_cast<cudaError_t>(sticky);
}

}  // namespace

void remember(cudaError_t error) {
  last_error = error;
}

const char* Cudart::cudaGetErrorName(cudaError_t error) {
  return find(error).name;
}
const char* Cudart::cudaGetErrorString(cudaError_t error) {
  return find(error).text;
}

cudaError_t Cudart::cudaGetLastError() {
  const cudaError_t error = last_error;
  last_error = cudaSuccess;
  return sticky_or(error);
}

cudaError_t Cudart::cudaPeekAtLastError() {
  return sticky_or(last_error);
}

}  // namespace qiao::shim
