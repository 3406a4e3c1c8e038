// What nvcc includes before any .cu file, and `qiao cc` too: the runtime API with its C++ forms and, in CUDA
// compilation, everything device code may use.
#pragma once
#define __CUDA_RUNTIME_H__  // programs ask for it to learn what is there

#if defined(__CUDA__) && defined(__clang__)
#include "device/before_std.h"
#endif

#include "channel_descriptor.h"
#include "cuda_runtime_api.h"
#include "driver_functions.h"
#include "host_math.h"
#include "vector_functions.h"

#if defined(__CUDA__) && defined(__clang__)
#include "device/device.h"
#endif

#include "runtime_templates.h"
