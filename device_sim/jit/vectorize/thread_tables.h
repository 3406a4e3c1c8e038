// Values that are arithmetic on a thread's position alone (`tid / 96 + 2`, `tid < 64`): worked out for every thread of
// the block. Where the threads of each warp agree, the value is uniform whatever the arithmetic looks like.
#pragma once

#include <llvm/ADT/APInt.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/IR/Value.h>

#include <memory>
#include <optional>
#include <vector>

#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::jit {

// A warp's value: first + step * warp, or `bits` bits of a packed word, in the order of the warps.
struct PerWarp {
  uint64_t first = 0;
  uint64_t step = 0;
  unsigned bits = 0;  // 0: by step
  llvm::APInt packed{128, 0};

  bool same() const { return step == 0 && bits == 0; }  // in all warps
};

class ThreadTables {
 public:
  explicit ThreadTables(const BlockShape& block) : block_(block) {}

  // Nothing unless the block's shape is known, all threads of each warp agree, and the warps' values have a short form.
  std::optional<PerWarp> per_warp(const llvm::Value& value);

 private:
  using Table = std::vector<uint64_t>;  // by thread of the block
  const Table* table(const llvm::Value& value, unsigned depth);
  std::optional<Table> compute(const llvm::Value& value, unsigned depth);
  std::optional<Table> position(unsigned dimension) const;

  BlockShape block_;
  llvm::DenseMap<const llvm::Value*, std::unique_ptr<Table>> tables_;  // null: not known
};

}  // namespace qiao::jit
