// Shapes: how the 32 lanes' values of one lane-code value relate. The analysis which decides everything: a uniform or
// contiguous access that is not recognised costs 7 to 28 times.
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/UniformityAnalysis.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Operator.h>

#include <array>

#include "device_sim/jit/vectorize/thread_tables.h"
#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::jit {

inline constexpr unsigned kMaxGroups = 4;

// A Group is `groups` runs of 32/groups neighbouring lanes, each with one scalar (the value of the run's first lane)
// and a constant difference per lane. Uniform is the Group with one run and no differences.
//
// Where several warps run side by side, the scalars are the first warp's, and each further warp's are `step` more: what
// no warp's number goes into is made once for all of them. A value is irregular when each warp has one of its own.
struct Shape {
  enum class Kind : uint8_t { Unknown, Group, Vector };

  Kind kind = Kind::Unknown;
  uint8_t groups = 1;
  // Set: the shape assumes that this extension's operand wraps in no lane, which is tested where it is computed. The
  // exact value is then scalar + pattern + factor * (how far the extension's lane is from its own scalar + pattern).
  const llvm::Value* origin = nullptr;
  int64_t factor = 0;
  uint8_t known = 0;                           // this many low bits of each run's scalar are known ...
  std::array<uint64_t, kMaxGroups> residue{};  // ... and are these
  std::array<int64_t, kLanes> pattern{};       // lane's value - its run's scalar, modulo the type's width
  int64_t step = 0;                            // of a Group, modulo the type's width
  bool irregular = false;

  static Shape of_kind(Kind kind) {
    Shape result;
    result.kind = kind;
    return result;
  }
  static Shape vector() { return of_kind(Kind::Vector); }
  static Shape uniform() { return of_kind(Kind::Group); }

  bool is_vector() const { return kind == Kind::Vector; }
  bool is_group() const { return kind == Kind::Group; }
  bool assumed() const { return origin != nullptr; }
  // The same in all lanes of a warp; of all warps that run side by side.
  bool is_same() const { return is_group() && !assumed() && groups == 1 && flat(1); }
  bool is_uniform() const { return is_same() && !varies(); }
  bool varies() const { return irregular || step != 0; }

  unsigned run() const { return kLanes / groups; }
  unsigned first_lane(unsigned group) const { return group * run(); }
  // No differences inside runs of 32/count lanes.
  bool flat(unsigned count) const;
  // Inside runs of 32/count lanes neighbours differ by `stride`.
  bool strided(unsigned count, int64_t stride) const;
  // The same shape told with more runs.
  Shape split(unsigned count) const;
  // The same shape told as irregular, if it varies.
  Shape apart() const;
  // `this`, irregular if one of `operands` varies.
  Shape among(llvm::ArrayRef<Shape> operands) const;

  bool operator==(const Shape&) const = default;
};

class ShapeAnalysis {
 public:
  ShapeAnalysis(llvm::Function& lane, const BlockShape& block, llvm::UniformityInfo& uniformity,
                const llvm::DominatorTree& dominators, const llvm::LoopInfo& loops);

  const Shape& of(const llvm::Value& value) const;
  // All lanes that reach the block in one pass of the enclosing loop came the same way: phis need no blending.
  bool arrives_together(const llvm::BasicBlock& block) const;
  bool is_uniform(const llvm::Value& value) const { return of(value).is_uniform(); }
  // How to get the value from the warp's number alone, or null.
  const PerWarp* per_warp(const llvm::Value& value) const;

 private:
  void find_per_warp(llvm::Function& lane);
  Shape operand(const llvm::Value& value) const;
  Shape compute(const llvm::Instruction& instruction) const;
  bool is_irregular(const llvm::Instruction& instruction) const;
  Shape compute_phi(const llvm::PHINode& phi) const;
  Shape compute_call(const llvm::CallBase& call) const;
  Shape compute_cast(const llvm::CastInst& cast) const;
  Shape compute_gep(const llvm::Instruction& gep) const;
  bool find_arrives_together(const llvm::BasicBlock& block) const;
  bool left_together(const llvm::Loop& loop) const;
  bool reconverges(const llvm::BasicBlock& block) const;
  const llvm::BasicBlock* above(const llvm::BasicBlock& block, const llvm::Loop** left) const;

  const llvm::DataLayout& layout_;
  BlockShape block_;
  llvm::UniformityInfo& uniformity_;
  const llvm::DominatorTree& dominators_;
  const llvm::LoopInfo& loops_;
  llvm::DenseMap<const llvm::Value*, Shape> shapes_;
  llvm::DenseMap<const llvm::BasicBlock*, bool> together_;
  llvm::DenseMap<const llvm::Value*, PerWarp> per_warp_;
};

// Arithmetic on shapes (shape_arithmetic.cpp); `width` is the integer's.
Shape constant_shape(const llvm::APInt& value);
Shape pattern_shape(const std::array<int64_t, kLanes>& values, unsigned groups, unsigned known);
Shape binary_shape(unsigned opcode, const Shape& a, const Shape& b, unsigned width);
Shape truncate_shape(const Shape& a, unsigned width);
// `never_negative`: proven for every lane; `active_never_negative`: for the lanes that execute it. The result may
// assume that the extension does not wrap.
struct Extension {
  const llvm::Value* instruction;
  unsigned from, to;  // widths
  bool is_signed;
  bool never_negative;
  bool active_never_negative;
};
Shape extend_shape(const Extension& extension, const Shape& a, unsigned jam);
// Both merge into one value without blending.
Shape meet_shapes(const Shape& a, const Shape& b);
// Any pure operation on values without differences inside runs.
Shape flat_shape(llvm::ArrayRef<Shape> operands);
// Position of a thread in its block (positions.cpp).
Shape tid_shape(unsigned dimension, const BlockShape& block);

}  // namespace qiao::jit
