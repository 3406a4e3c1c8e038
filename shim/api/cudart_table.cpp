// libqiao's table of cudart entry points.
#define QIAO_LIBRARY Cudart
#define QIAO_LIST "shim/api/cudart.inc"
#include "shim/api/table.inc"

namespace qiao::shim {

Table cudart_table() {
  return {kRows, kEntries, kBodies};
}

}  // namespace qiao::shim
