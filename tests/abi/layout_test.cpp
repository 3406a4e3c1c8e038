// Our types have the sizes and offsets that were measured on the genuine headers of each major
// (shim/api/layout.gen.inc).
#include <cstddef>

#include "shim/api/runtime_types.h"
#include "tests/unit/catch.h"

#define QIAO_SIZE(where, ours, theirs, size) static_assert(sizeof(ours) == size);
#define QIAO_OFFSET(where, ours, theirs, path, offset) static_assert(offsetof(ours, path) == offset);
#include "shim/api/layout.gen.inc"
#undef QIAO_SIZE
#undef QIAO_OFFSET

TEST_CASE("types whose layout changed between majors are kept apart") {
  CHECK(sizeof(cudaDeviceProp) == 1008);
  CHECK(sizeof(cudaDeviceProp_v12) == 1032);
  CHECK(sizeof(cudaDeviceProp_v11) == 728);
}
