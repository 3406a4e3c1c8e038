// Compiled, never run, against a genuine toolkit: the numbers in shim/api/layout.gen.inc still hold there.
// The script genuine_layout.sh defines QIAO_SIZE_<where> and QIAO_OFFSET_<where> for the toolkit it found.
#include <cuda.h>
#include <cuda_runtime_api.h>

#include <cstddef>

#define QIAO_CHECK_SIZE(type, size) static_assert(sizeof(type) == size);
#define QIAO_CHECK_OFFSET(type, path, offset) static_assert(offsetof(type, path) == offset);
#define QIAO_SKIP(...)

#define QIAO_JOIN(a, b) a##b
#define QIAO_SIZE(where, ours, theirs, size) QIAO_JOIN(QIAO_SIZE_, where)(theirs, size)
#define QIAO_OFFSET(where, ours, theirs, path, offset) QIAO_JOIN(QIAO_OFFSET_, where)(theirs, path, offset)
#include "shim/api/layout.gen.inc"
