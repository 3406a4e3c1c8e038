// NVIDIA's own libnvrtc, where the machine has one: the best compiler for these programs.
#pragma once

#include "shim/api/entry_points.h"

namespace qiao::shim {

// Its functions by name; null where its release has none.
struct GenuineNvrtc {
#define QIAO_ENTRY(symbol, body, since, until, result, params, args) decltype(&Nvrtc::symbol) symbol = nullptr;
#include "shim/api/nvrtc.inc"
};

// Null where there is none. Looked for once, at the first call.
const GenuineNvrtc* genuine_nvrtc();

// The major whose functions the program is bound to: 11, 12 or 13.
int nvrtc_major();

}  // namespace qiao::shim
