// The driver API. Names stand for their newest version, as programs expect: cuMemAlloc is cuMemAlloc_v2.
#pragma once
#define __cuda_cuda_h__  // programs ask for it to learn what is there

#define CUDA_VERSION 13000

#include "driver_types.h"

#include "detail/driver_types.inc"

#define CU_LAUNCH_PARAM_END ((void*)0)
#define CU_LAUNCH_PARAM_BUFFER_POINTER ((void*)1)
#define CU_LAUNCH_PARAM_BUFFER_SIZE ((void*)2)
#define CU_STREAM_LEGACY ((CUstream)0x1)
#define CU_STREAM_PER_THREAD ((CUstream)0x2)
#define CU_DEVICE_CPU ((CUdevice)-1)
#define CU_DEVICE_INVALID ((CUdevice)-2)

#define QIAO_DECLARE_99000(symbol, result, parameters) result symbol parameters;
#define QIAO_ENTRY(symbol, body, since, until, result, parameters, arguments) \
  QIAO_DECLARE_##until(symbol, result, parameters)

extern "C" {
#include "detail/driver.inc"
}

#undef QIAO_ENTRY
#undef QIAO_DECLARE_99000

#include "detail/driver_names.inc"
