// libqiao's table of driver entry points.
#define QIAO_LIBRARY Driver
#define QIAO_LIST "shim/api/driver.inc"
#include "shim/api/table.inc"

namespace qiao::shim {

Table driver_table() {
  return {kRows, kEntries, kBodies};
}

}  // namespace qiao::shim
