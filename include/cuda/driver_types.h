// The types of the runtime API. The list is the one the shims are built from; the vector types keep our C++ form.
#pragma once
#define __DRIVER_TYPES_H__  // programs ask for it to learn what is there

#include <stddef.h>
#include <stdint.h>

#include "vector_types.h"

// Handles that both APIs share, so that this header does not bring the whole of cuda.h.
struct CUevent_st;
struct CUexternalMemory_st;
struct CUexternalSemaphore_st;
struct CUfunc_st;
struct CUgraphDeviceUpdatableNode_st;
struct CUgraphExec_st;
struct CUgraphNode_st;
struct CUgraph_st;
struct CUkern_st;
struct CUlib_st;
struct CUlogsCallbackEntry_st;
struct CUmemPoolHandle_st;
struct CUstream_st;
struct CUuserObject_st;
struct CUuuid_st {
  char bytes[16];
};
typedef CUuuid_st CUuuid;

#include "detail/runtime_types.inc"

#define cudaStreamLegacy ((cudaStream_t)0x1)
#define cudaStreamPerThread ((cudaStream_t)0x2)
#define cudaCpuDeviceId ((int)-1)
#define cudaInvalidDeviceId ((int)-2)
