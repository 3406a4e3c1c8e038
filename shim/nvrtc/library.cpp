// What libnvrtc says of itself: version, architectures, error names, and the sizes that precompiled headers have.
#include <algorithm>
#include <atomic>

#include "shim/nvrtc/genuine.h"
#include "shim/nvrtc/options.h"

namespace qiao::shim {
namespace {

// Of precompiled headers, which Clang does not make: kept, and without effect.
std::atomic<size_t> pch_heap{256 << 20};

}  // namespace

const char* Nvrtc::nvrtcGetErrorString(nvrtcResult result) {
  switch (result) {
#define QIAO_RESULT(name, number) \
  case name:                      \
    return #name;
#include "shim/api/nvrtc_results.inc"
  }
  return "NVRTC_ERROR unknown";
}

nvrtcResult Nvrtc::nvrtcVersion(int* major, int* minor) {
  if (major == nullptr || minor == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  if (const GenuineNvrtc* nvrtc = genuine_nvrtc()) return nvrtc->nvrtcVersion(major, minor);
  *major = nvrtc_major();
  *minor = *major == 13 ? 0 : *major == 12 ? 9 : 8;  // the releases whose entry points ours are
  return NVRTC_SUCCESS;
}

nvrtcResult Nvrtc::nvrtcGetNumSupportedArchs(int* count) {
  if (count == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  if (const GenuineNvrtc* nvrtc = genuine_nvrtc()) return nvrtc->nvrtcGetNumSupportedArchs(count);
  return *count = static_cast<int>(nvrtc_architectures().size()), NVRTC_SUCCESS;
}

nvrtcResult Nvrtc::nvrtcGetSupportedArchs(int* archs) {
  if (archs == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  if (const GenuineNvrtc* nvrtc = genuine_nvrtc()) return nvrtc->nvrtcGetSupportedArchs(archs);
  std::copy(nvrtc_architectures().begin(), nvrtc_architectures().end(), archs);
  return NVRTC_SUCCESS;
}

nvrtcResult Nvrtc::nvrtcGetPCHHeapSize(size_t* size) {
  if (size == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  const GenuineNvrtc* nvrtc = genuine_nvrtc();
  if (nvrtc != nullptr && nvrtc->nvrtcGetPCHHeapSize != nullptr) return nvrtc->nvrtcGetPCHHeapSize(size);
  return *size = pch_heap, NVRTC_SUCCESS;
}

nvrtcResult Nvrtc::nvrtcSetPCHHeapSize(size_t size) {
  const GenuineNvrtc* nvrtc = genuine_nvrtc();
  if (nvrtc != nullptr && nvrtc->nvrtcSetPCHHeapSize != nullptr) return nvrtc->nvrtcSetPCHHeapSize(size);
  return pch_heap = size, NVRTC_SUCCESS;
}

}  // namespace qiao::shim
