// The table behind include/qiao/profiler.h.
#pragma once

#include "include/qiao/profiler.h"

namespace qiao::shim {

const qiao_profiler* profiler();

}  // namespace qiao::shim
