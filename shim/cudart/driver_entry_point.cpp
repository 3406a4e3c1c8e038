// cudaGetDriverEntryPoint: the driver's functions, asked for through the runtime. Each major asks for its own version.
#include "shim/api/entry_points.h"
#include "shim/api/proc_address.h"
#include "shim/api/versions.h"

namespace qiao::shim {
namespace {

cudaError_t find(const char* symbol, void** where, int version, unsigned long long flags, bool per_thread_default,
                 cudaDriverEntryPointQueryResult* status) {
  if (!symbol || !where || version > kDriverVersion || flags > cudaEnablePerThreadDefaultStream)
    return cudaErrorInvalidValue;
  const bool per_thread =
      flags == cudaEnablePerThreadDefaultStream || (flags == cudaEnableDefault && per_thread_default);
  const Found found = find_driver_entry(symbol, version, per_thread);
  *where = found.address;
  if (status) *status = static_cast<cudaDriverEntryPointQueryResult>(found.status);
  return found.address || status ? cudaSuccess : cudaErrorSymbolNotFound;
}

static_assert(cudaDriverEntryPointSymbolNotFound == int(CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND));
static_assert(cudaDriverEntryPointVersionNotSufficent == int(CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT));

}  // namespace

using Status = cudaDriverEntryPointQueryResult;
using Flags = unsigned long long;

cudaError_t Cudart::cudaGetDriverEntryPoint(const char* symbol, void** funcPtr, Flags flags, Status* driverStatus) {
  return find(symbol, funcPtr, kRuntimeVersion13, flags, false, driverStatus);
}

cudaError_t Cudart::cudaGetDriverEntryPoint_until13(const char* symbol, void** funcPtr, Flags flags, Status* status) {
  return find(symbol, funcPtr, kRuntimeVersion12, flags, false, status);
}

cudaError_t Cudart::cudaGetDriverEntryPoint_until12(const char* symbol, void** funcPtr, Flags flags) {
  return find(symbol, funcPtr, kRuntimeVersion11, flags, false, nullptr);
}

cudaError_t Cudart::cudaGetDriverEntryPoint_ptsz(const char* symbol, void** funcPtr, Flags flags, Status* status) {
  return find(symbol, funcPtr, kRuntimeVersion13, flags, true, status);
}

cudaError_t Cudart::cudaGetDriverEntryPoint_ptsz_until13(const char* symbol, void** funcPtr, Flags flags,
                                                         Status* status) {
  return find(symbol, funcPtr, kRuntimeVersion12, flags, true, status);
}

cudaError_t Cudart::cudaGetDriverEntryPoint_ptsz_until12(const char* symbol, void** funcPtr, Flags flags) {
  return find(symbol, funcPtr, kRuntimeVersion11, flags, true, nullptr);
}

cudaError_t Cudart::cudaGetDriverEntryPointByVersion(const char* symbol, void** funcPtr, unsigned int cudaVersion,
                                                     Flags flags, Status* driverStatus) {
  return find(symbol, funcPtr, static_cast<int>(cudaVersion), flags, false, driverStatus);
}

cudaError_t Cudart::cudaGetDriverEntryPointByVersion_ptsz(const char* symbol, void** funcPtr, unsigned int cudaVersion,
                                                          Flags flags, Status* driverStatus) {
  return find(symbol, funcPtr, static_cast<int>(cudaVersion), flags, true, driverStatus);
}

}  // namespace qiao::shim
