// cudaRuntimeGetVersion, cudaDriverGetVersion: each major of libcudart reports its own version.
#include "shim/api/entry_points.h"
#include "shim/api/versions.h"

namespace qiao::shim {
namespace {

cudaError_t report(int* where, int version) {
  if (!where) return cudaErrorInvalidValue;
  *where = version;
  return cudaSuccess;
}

}  // namespace

cudaError_t Cudart::cudaDriverGetVersion(int* driverVersion) {
  return report(driverVersion, kDriverVersion);
}
cudaError_t Cudart::cudaRuntimeGetVersion(int* runtimeVersion) {
  return report(runtimeVersion, kRuntimeVersion13);
}
cudaError_t Cudart::cudaRuntimeGetVersion_until13(int* runtimeVersion) {
  return report(runtimeVersion, kRuntimeVersion12);
}
cudaError_t Cudart::cudaRuntimeGetVersion_until12(int* runtimeVersion) {
  return report(runtimeVersion, kRuntimeVersion11);
}

}  // namespace qiao::shim
