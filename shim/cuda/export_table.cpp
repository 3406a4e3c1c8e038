// cuGetExportTable hands out the vendor's private driver tables, which Qiao does not have (design D2). Only a runtime
// that escaped diversion asks for them, so this is where a stripped program shows itself; say what to do about it.
#include <dlfcn.h>
#include <execinfo.h>

#include <algorithm>
#include <string_view>

#include "shim/api/entry_points.h"
#include "src/base/log.h"

namespace qiao::shim {
namespace {

// NVIDIA's libnvrtc, which we forward to, has a runtime of its own inside and does without its answers.
bool asked_by_nvrtc() {
  constexpr int kDeepest = 32;
  void* callers[kDeepest];
  return std::any_of(callers, callers + backtrace(callers, kDeepest), [](void* address) {
    Dl_info object{};
    return dladdr(address, &object) != 0 && object.dli_fname != nullptr &&
           std::string_view(object.dli_fname).find("/libnvrtc.so.") != std::string_view::npos;
  });
}

}  // namespace

CUresult Driver::cuGetExportTable(const void** ppExportTable, const CUuuid*) {
  if (ppExportTable) *ppExportTable = nullptr;
  if (asked_by_nvrtc()) return CUDA_ERROR_NOT_SUPPORTED;
  log::warn_once("cuGetExportTable",
                 "cuGetExportTable: unsupported: a CUDA runtime linked into this program was not found, most likely "
                 "because the program is stripped; link it with -cudart shared, or do not strip it");
  return CUDA_ERROR_NOT_SUPPORTED;
}

}  // namespace qiao::shim
