// What lane mode's compiled code knows of the one thread it runs: laid out for compiled code, so plain and fixed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace qiao::machine {

struct LaneContext {
  uint32_t tid[3];
  uint32_t laneid;
  uint32_t warp;    // index in the block
  uint32_t linear;  // tid.x + ntid.x * (tid.y + ntid.y * tid.z)
  uint64_t local;   // host address of this lane's local frame
};

static_assert(offsetof(LaneContext, laneid) == 12);
static_assert(offsetof(LaneContext, warp) == 16);
static_assert(offsetof(LaneContext, linear) == 20);
static_assert(offsetof(LaneContext, local) == 24);

}  // namespace qiao::machine
