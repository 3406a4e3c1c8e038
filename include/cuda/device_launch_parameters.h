// threadIdx and the other built-in variables are there as soon as cuda_runtime.h is.
#pragma once

#include "cuda_runtime.h"
