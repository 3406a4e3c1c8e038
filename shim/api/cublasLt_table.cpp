// libqiao's table of cuBLASLt entry points.
#include "shim/api/cublas_entry.h"
#define QIAO_LIBRARY CublasLtLibrary
#define QIAO_BODIES CublasLt
#define QIAO_LIST "shim/api/cublasLt.inc"
#define QIAO_BODY(body) (&CublasLt::body ? CublasLt::body : nullptr)
#include "shim/api/table.inc"

namespace qiao::shim {

Table cublasLt_table() {
  return {kRows, kEntries, kBodies};
}

}  // namespace qiao::shim
