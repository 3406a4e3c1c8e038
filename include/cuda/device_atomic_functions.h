// An old name: everything here comes with cuda_runtime.h.
#pragma once

#include "cuda_runtime.h"
