// Runs lane code twice, lane after lane as scalar code and warp by warp through the vectoriser, so that tests can
// compare.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::test {

// Lane code of `@k.lane(ptr %params, ptr %block, ptr %lane)`; the intrinsics are declared for it.
class Kernel {
 public:
  struct Options {
    bool optimize = true;           // the scalar pipeline first
    jit::WindowSizes windows = {};  // what it may count on
    jit::JamLimits jam = {};
    bool halves = false;            // each stretch of code in two halves
  };
  Kernel(const std::string& text, const jit::BlockShape& shape, Options options);
  Kernel(const std::string& text, const jit::BlockShape& shape) : Kernel(text, shape, Options{}) {}
  ~Kernel();

  const jit::VectorizeReport& report() const;
  const std::string& warp_code() const;  // after clean-up
  const std::string& lane_code() const;  // what the vectoriser widened: a whole module

  // Whole grid of `blocks`; `params` is the parameter buffer.
  void run_lanes(const jit::BlockShape& shape, uint32_t blocks, const void* params) const;
  void run_warps(const jit::BlockShape& shape, uint32_t blocks, const void* params) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct BarrierCall {
  uint32_t block = 0, warp = 0, id = 0, mask = 0;
  bool operator==(const BarrierCall&) const = default;
};

// What the code under test may look at besides its parameters.
struct Machine {
  std::vector<uint8_t> shared = std::vector<uint8_t>(48 << 10);
  uint64_t arena = 0;
  uint64_t arena_bytes = ~uint64_t{0} >> 1;
  std::vector<uint64_t> block_counts = std::vector<uint64_t>(256);
  std::vector<std::pair<uint64_t, uint32_t>> bad_accesses;  // address, site
  unsigned lanes_checked = 0;                               // how often a check looked at each lane
  std::vector<uint64_t> calls;                              // arguments of qiao_lane_note
  std::vector<BarrierCall> barriers;
};
Machine& machine();

}  // namespace qiao::test
