// The types of the runtime API as the shims see them (see driver_types.h). X is the layout of the newest major; X_v12
// is that of majors up to 12, X_v11 that of 11, where they differ.
#pragma once

#include "shim/api/driver_types.h"
#include "shim/api/runtime_types.gen.inc"

#define cudaStreamLegacy ((cudaStream_t)1)
#define cudaStreamPerThread ((cudaStream_t)2)
