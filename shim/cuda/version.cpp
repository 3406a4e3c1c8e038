// cuDriverGetVersion: we speak for the newest driver API our list knows.
#include "shim/api/entry_points.h"
#include "shim/api/versions.h"

namespace qiao::shim {

CUresult Driver::cuDriverGetVersion(int* driverVersion) {
  if (!driverVersion) return CUDA_ERROR_INVALID_VALUE;
  *driverVersion = kDriverVersion;
  return CUDA_SUCCESS;
}

}  // namespace qiao::shim
