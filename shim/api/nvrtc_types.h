// The types of libnvrtc: names and numbers are those of the interface.
#pragma once

#include <stddef.h>

#define QIAO_RESULT(name, number) name = number,
enum nvrtcResult : unsigned {
#include "shim/api/nvrtc_results.inc"
};

typedef struct _nvrtcProgram* nvrtcProgram;
typedef int (*nvrtcFlowCallback)(void* payload, void* reserved);
