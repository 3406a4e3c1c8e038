// The entry points as declarations to implement. Writing `CUresult Driver::cuMemAlloc_v2(...)` in shim/cuda/memory.cpp
// is the whole registration: a body that exists is found by the linker, one that does not answers "not supported" by
// name. They are static members so that a wrong signature does not compile.
//
// Majors: one symbol may have several rows. `Cudart::cudaMemAdvise` is the body of the newest major;
// `Cudart::cudaMemAdvise_until13` serves the majors below 13 in which parameters or struct layouts differ (the types
// then end in _v12 or _v11). A symbol that a newer major dropped has its plain name and simply ends at that major.
// `_ptsz` and `_ptds` rows take stream 0 as the calling thread's default stream.
#pragma once

#include "shim/api/nvrtc_types.h"
#include "shim/api/runtime_types.h"

namespace qiao::shim {

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) \
  [[gnu::weak, gnu::visibility("hidden")]] static result body params;

struct Driver {
#include "shim/api/driver.inc"
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) \
  [[gnu::weak, gnu::visibility("hidden")]] static result body params;

struct Cudart {
#include "shim/api/cudart.inc"
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) \
  [[gnu::weak, gnu::visibility("hidden")]] static result body params;

struct Nvrtc {
#include "shim/api/nvrtc.inc"
};

}  // namespace qiao::shim
