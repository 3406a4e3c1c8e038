// OpenBLAS, where it is installed: looked for at run time.
#pragma once

#include "kernels/bench/host/case.h"

namespace qiao::bench {

// Its single-threaded sgemm (row-major, C = A * B); null when it is not installed.
Sgemm find_openblas();

}  // namespace qiao::bench
