// The order in which warp code visits the blocks of lane code: the dominator tree with loops folded into one node.
// A block's `inside` children run after it within the same pass of its loop; a loop's `after` children once all lanes
// have left it. Emitting the tree depth first, children in reverse post-order, is the contract's reconvergence order.
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>

#include <functional>
#include <memory>
#include <vector>

namespace qiao::jit {

struct RegionNode {
  llvm::BasicBlock* block = nullptr;
  llvm::Loop* loop = nullptr;  // innermost loop around the block
  bool header = false;         // of `loop`
  unsigned order = 0;          // in reverse post-order
  RegionNode* parent = nullptr;
  bool after_loop = false;  // child of the parent's loop, not of the parent
  bool side = false;        // its only way in is an edge from the parent block
  bool collects = false;    // every lane at the parent (or leaving the parent's loop) arrives here
  std::vector<RegionNode*> inside;
  std::vector<RegionNode*> after;
};

class RegionTree {
 public:
  using IsUniform = std::function<bool(const llvm::BasicBlock&)>;  // the block's branch goes one way for all lanes

  RegionTree(llvm::Function& function, const llvm::DominatorTree& dominators, const llvm::LoopInfo& loops,
             const IsUniform& is_uniform);

  RegionNode& root() { return *nodes_.front(); }
  RegionNode& of(const llvm::BasicBlock* block) { return *by_block_.find(block)->second; }

  // An edge out of `loop` which all lanes still inside take together: a real jump.
  bool leaves_together(const llvm::BasicBlock* from, const llvm::Loop* loop) const;
  // The block is on every way through a pass of the loop that stays in it.
  bool on_spine(const llvm::BasicBlock* block, const llvm::Loop* loop) const;
  // Some lanes may stay while others leave.
  bool diverges(const llvm::Loop* loop) const;
  // All lanes of the warp that have not left the kernel run the loop and leave it together.
  bool whole_warp(const llvm::Loop* loop);

 private:
  void place(RegionNode& node);
  bool find_side(const RegionNode& node) const;
  bool find_collects(const RegionNode& node) const;

  const llvm::DominatorTree& dominators_;
  const llvm::LoopInfo& loops_;
  IsUniform is_uniform_;
  std::vector<std::unique_ptr<RegionNode>> nodes_;  // in reverse post-order
  llvm::DenseMap<const llvm::BasicBlock*, RegionNode*> by_block_;
};

}  // namespace qiao::jit
