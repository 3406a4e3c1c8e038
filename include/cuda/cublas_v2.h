// cuBLAS by its plain names: cublasSgemm is cublasSgemm_v2.
#pragma once

#include "cublas_api.h"
#include "detail/cublas_names.inc"
