// The driver API's description of a 3-D copy as a request, shared by the copies and the memcpy nodes of graphs.
#pragma once

#include "shim/api/driver_types.h"
#include "src/base/result.h"
#include "src/runtime/copy.h"

namespace qiao::shim {

Result<runtime::CopyRequest> copy_request(const CUDA_MEMCPY3D& what);

}  // namespace qiao::shim
