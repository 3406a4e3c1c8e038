// cuGetExportTable hands out the vendor's private driver tables, which Qiao does not have (design D2). Only a runtime
// that escaped diversion asks for them, so this is where a stripped program shows itself; say what to do about it.
#include "shim/api/entry_points.h"
#include "src/base/log.h"

namespace qiao::shim {

CUresult Driver::cuGetExportTable(const void** ppExportTable, const CUuuid*) {
  if (ppExportTable) *ppExportTable = nullptr;
  log::warn_once("cuGetExportTable",
                 "cuGetExportTable: unsupported: a CUDA runtime linked into this program was not found, most likely "
                 "because the program is stripped; link it with -cudart shared, or do not strip it");
  return CUDA_ERROR_NOT_SUPPORTED;
}

}  // namespace qiao::shim
