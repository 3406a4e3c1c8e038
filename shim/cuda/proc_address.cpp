// cuGetProcAddress. A name that is missing gives a null pointer and a status, not a failure, so that a caller may ask
// for what a newer driver has.
#include "shim/api/proc_address.h"

#include "shim/api/entry_points.h"
#include "shim/api/versions.h"

namespace qiao::shim {

CUresult Driver::cuGetProcAddress_v2(const char* symbol, void** pfn, int cudaVersion, cuuint64_t flags,
                                     CUdriverProcAddressQueryResult* symbolStatus) {
  if (!symbol || !pfn || cudaVersion > kDriverVersion || flags > CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM)
    return CUDA_ERROR_INVALID_VALUE;
  const Found found = find_driver_entry(symbol, cudaVersion, flags == CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM);
  *pfn = found.address;
  if (symbolStatus) *symbolStatus = found.status;
  return CUDA_SUCCESS;
}

// The form of CUDA 11.3, which has no status to report through.
CUresult Driver::cuGetProcAddress(const char* symbol, void** pfn, int cudaVersion, cuuint64_t flags) {
  const CUresult result = cuGetProcAddress_v2(symbol, pfn, cudaVersion, flags, nullptr);
  return result == CUDA_SUCCESS && !*pfn ? CUDA_ERROR_NOT_FOUND : result;
}

}  // namespace qiao::shim
