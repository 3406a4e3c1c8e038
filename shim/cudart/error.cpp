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

// Whether `error` is what the current context failed with. A thread that has seen such an error keeps it: it cannot be
// cleared. A failure no call of this thread has reported yet is not looked for, as the work may still be running.
bool sticks(cudaError_t error) {
  const auto& contexts = runtime::ThreadState::current().contexts;
  if (error == cudaSuccess || contexts.empty() || !contexts.back()) return false;
  return static_cast<cudaError_t>(contexts.back()->sticky_error()) == error;
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
  if (!sticks(error)) last_error = cudaSuccess;
  return error;
}

cudaError_t Cudart::cudaPeekAtLastError() {
  return last_error;
}

}  // namespace qiao::shim
