// libqiao's table of NVRTC entry points.
#define QIAO_LIBRARY Nvrtc
#define QIAO_LIST "shim/api/nvrtc.inc"
#include "shim/api/table.inc"

namespace qiao::shim {

Table nvrtc_table() {
  return {kRows, kEntries, kBodies};
}

}  // namespace qiao::shim
