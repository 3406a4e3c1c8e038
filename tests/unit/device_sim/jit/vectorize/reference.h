// The meaning of lane code told as simply as possible: an interpreter that runs a warp's pending block lowest in a
// loop-contiguous reverse post-order, lane after lane, instruction after instruction. Integers only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::test {

class Reference {
 public:
  // Any topological order of the blocks that keeps loops together gives the same reconvergence; it matters for memory
  // that lanes of different paths share.
  enum class Order {
    Code,      // the contract's, of the code as it was written
    Mirrored,  // likewise, with the last successors first
    Widened    // the region tree's, for code that has been through the vectoriser (a whole module)
  };
  explicit Reference(const std::string& text, Order order = Order::Code);
  ~Reference();
  // Runs the grid; level B counts are added to machine().block_counts.
  void run(const jit::BlockShape& shape, uint32_t blocks, const void* params);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace qiao::test
