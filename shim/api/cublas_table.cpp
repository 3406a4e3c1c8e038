// libqiao's table of cuBLAS entry points.
#include "shim/api/cublas_entry.h"
#define QIAO_LIBRARY CublasLibrary
#define QIAO_BODIES Cublas
#define QIAO_LIST "shim/api/cublas.inc"
#define QIAO_BODY(body) (&Cublas::body ? Cublas::body : nullptr)
#include "shim/api/table.inc"

namespace qiao::shim {

Table cublas_table() {
  return {kRows, kEntries, kBodies};
}

}  // namespace qiao::shim
