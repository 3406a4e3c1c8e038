// cuGetErrorName, cuGetErrorString: the driver's columns of shim/api/errors.inc.
#include "shim/api/entry_points.h"

namespace qiao::shim {
namespace {

struct Named {
  int code;
  const char* name;
  const char* text;
};

// clang-format off
#define QIAO_ERROR(number, runtime, driver, text) {driver, #driver, text},
#define QIAO_CUDART_ERROR(number, runtime, text)
#define QIAO_DRIVER_ERROR(number, driver, text) {driver, #driver, text},
constexpr Named kErrors[] = {
#include "shim/api/errors.inc"
};

#define QIAO_ERROR(number, runtime, driver, text) static_assert(driver == number);
#define QIAO_CUDART_ERROR(number, runtime, text)
#define QIAO_DRIVER_ERROR(number, driver, text) static_assert(driver == number);
#include "shim/api/errors.inc"
// clang-format on

const Named* find(CUresult code) {
  for (const Named& error : kErrors) {
    if (error.code == code) return &error;
  }
  return nullptr;
}

}  // namespace

CUresult Driver::cuGetErrorName(CUresult error, const char** pStr) {
  if (!pStr) return CUDA_ERROR_INVALID_VALUE;
  const Named* found = find(error);
  *pStr = found ? found->name : nullptr;
  return found ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult Driver::cuGetErrorString(CUresult error, const char** pStr) {
  if (!pStr) return CUDA_ERROR_INVALID_VALUE;
  const Named* found = find(error);
  *pStr = found ? found->text : nullptr;
  return found ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace qiao::shim
