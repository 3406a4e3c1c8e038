// What compiled code and the interpreter know of the block they run: laid out for compiled code, so plain and fixed.
// The lowering of lane and warp code loads these fields by offset; the static_asserts below are its contract.
#pragma once

#include <cstddef>
#include <cstdint>

namespace qiao::machine {

inline constexpr uint32_t kWarpLanes = 32;
inline constexpr uint32_t kMaxWarps = 32;  // of a block

struct BlockRun;

struct BlockContext {
  uint32_t ctaid[3];
  uint32_t nctaid[3];
  uint32_t ntid[3];
  uint32_t warp_count;    // warps of the block
  uint64_t shared;        // host address of the block's shared window: static then dynamic
  uint64_t shared_bytes;  // static + dynamic
  uint64_t dynamic_shared_bytes;
  uint64_t local;         // host address of the block's local frames: lane frames of warp 0, warp 1, ...
  uint64_t local_stride;  // bytes of one lane's frame, a multiple of 16
  uint64_t arena;         // device memory: base address
  uint64_t arena_bytes;
  uint64_t* counts;       // where a counting plan has its slots (counting_plan.h), aligned to 64 bytes; or null
  void* machine;          // the worker's own state (machine::BlockState), opaque to compiled code
  uint64_t* warp_counts;  // instructions of each warp of the block so far; null: not counted
  uint32_t apart;         // not 0: lanes of some warp have done operations apart (lanes_apart.h)
};

// One call of compiled code: blocks [first, last) of a launch in linear order (x fastest), on one worker.
struct BlockRun {
  BlockContext* block;
  const void* params;
  uint64_t first;
  uint64_t last;
};

static_assert(offsetof(BlockContext, nctaid) == 12);
static_assert(offsetof(BlockContext, ntid) == 24);
static_assert(offsetof(BlockContext, warp_count) == 36);
static_assert(offsetof(BlockContext, shared) == 40);
static_assert(offsetof(BlockContext, shared_bytes) == 48);
static_assert(offsetof(BlockContext, dynamic_shared_bytes) == 56);
static_assert(offsetof(BlockContext, local) == 64);
static_assert(offsetof(BlockContext, local_stride) == 72);
static_assert(offsetof(BlockContext, arena) == 80);
static_assert(offsetof(BlockContext, arena_bytes) == 88);
static_assert(offsetof(BlockContext, counts) == 96);
static_assert(offsetof(BlockContext, machine) == 104);
static_assert(offsetof(BlockContext, warp_counts) == 112);
static_assert(offsetof(BlockContext, apart) == 120);

}  // namespace qiao::machine
