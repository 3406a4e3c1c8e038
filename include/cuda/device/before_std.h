// Must come before any standard header: tells libstdc++ this is CUDA (it then leaves __float128 alone), and declares
// the device's overloads of the math functions so that std:: picks them up.
#pragma once

#include "../host_defines.h"

#include <__clang_cuda_math_forward_declares.h>

#if !defined(__CUDACC__)
#define __CUDACC__ 1
#endif
#if !defined(__NVCC__) && !defined(__CUDACC_VER_MAJOR__)
#define __CUDACC_VER_MAJOR__ 13
#define __CUDACC_VER_MINOR__ 0
#endif

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <cmath>
#include <cstdlib>
