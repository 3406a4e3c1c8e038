// The types of the driver API as the shims see them: handles are pointers to incomplete structs, enums have a fixed
// underlying type, structs have the layout programs were compiled with (tests/abi compares it with recorded numbers).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shim/api/driver_types.gen.inc"

// Markers of cuLaunchKernel's `extra` list and the two stream handles that are numbers.
#define CU_LAUNCH_PARAM_END ((void*)0)
#define CU_LAUNCH_PARAM_BUFFER_POINTER ((void*)1)
#define CU_LAUNCH_PARAM_BUFFER_SIZE ((void*)2)
#define CU_STREAM_LEGACY ((CUstream)1)
#define CU_STREAM_PER_THREAD ((CUstream)2)
