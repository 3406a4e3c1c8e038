// Builds the region tree (see the header).
#include "device_sim/jit/vectorize/region_tree.h"

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/CFG.h>

namespace qiao::jit {
namespace {

// The loop whose pass the node takes part in; a header stands for its whole loop in the loop around it.
llvm::Loop* region_of(const RegionNode& node) {
  return node.header ? node.loop->getParentLoop() : node.loop;
}

}  // namespace

RegionTree::RegionTree(llvm::Function& function, const llvm::DominatorTree& dominators, const llvm::LoopInfo& loops,
                       const IsUniform& is_uniform)
    : dominators_(dominators), loops_(loops), is_uniform_(is_uniform) {
  llvm::ReversePostOrderTraversal<llvm::Function*> order(&function);
  for (llvm::BasicBlock* block : order) {
    auto& node = *nodes_.emplace_back(std::make_unique<RegionNode>());
    node.block = block;
    node.loop = loops.getLoopFor(block);
    node.header = loops.isLoopHeader(block);
    node.order = static_cast<unsigned>(nodes_.size());
    by_block_[block] = &node;
  }
  for (auto& node : nodes_) {
    place(*node);
  }
  for (auto& node : nodes_) {
    if (node->parent) {
      node->side = find_side(*node);
      node->collects = node->side || find_collects(*node);
    }
  }
}

// Appends the node to its parent's children; nodes come in reverse post-order, so children are in that order too.
void RegionTree::place(RegionNode& node) {
  const llvm::DomTreeNode* dominator = dominators_.getNode(node.block)->getIDom();
  if (!dominator) {
    return;
  }
  llvm::Loop* region = region_of(node);
  llvm::BasicBlock* block = dominator->getBlock();
  llvm::Loop* left = nullptr;
  for (llvm::Loop* loop = loops_.getLoopFor(block); loop != region; loop = loop->getParentLoop()) {
    left = loop;
  }
  node.parent = by_block_[left ? left->getHeader() : block];
  node.after_loop = left != nullptr;
  (left ? node.parent->after : node.parent->inside).push_back(&node);
}

bool RegionTree::find_side(const RegionNode& node) const {
  if (node.after_loop) {
    return false;
  }
  for (const llvm::BasicBlock* from : predecessors(node.block)) {
    const bool back_edge = node.header && node.loop->contains(from);
    if (!back_edge && from != node.parent->block) {
      return false;
    }
  }
  return true;
}

bool RegionTree::find_collects(const RegionNode& node) const {
  const llvm::Loop* region = region_of(node);
  llvm::SmallVector<const llvm::BasicBlock*, 16> work;
  llvm::SmallPtrSet<const llvm::BasicBlock*, 16> seen;
  // False when the edge lets a lane escape from the pass without meeting the node.
  auto follow = [&](const llvm::BasicBlock* from, const llvm::BasicBlock* to) {
    if (to == node.block) {
      return true;
    }
    if (region && !region->contains(to)) {
      return leaves_together(from, region);
    }
    if (region && to == region->getHeader()) {
      return false;
    }
    work.push_back(to);
    return true;
  };
  if (node.after_loop) {
    llvm::SmallVector<llvm::Loop::Edge, 4> edges;
    node.parent->loop->getExitEdges(edges);
    for (const auto& [from, to] : edges) {
      if (!follow(from, to)) {
        return false;
      }
    }
  } else {
    for (const llvm::BasicBlock* to : successors(node.parent->block)) {
      if (!follow(node.parent->block, to)) {
        return false;
      }
    }
  }
  while (!work.empty()) {
    const llvm::BasicBlock* block = work.pop_back_val();
    if (!seen.insert(block).second) {
      continue;
    }
    if (succ_empty(block)) {
      return false;
    }
    for (const llvm::BasicBlock* to : successors(block)) {
      if (!follow(block, to)) {
        return false;
      }
    }
  }
  return true;
}

bool RegionTree::on_spine(const llvm::BasicBlock* block, const llvm::Loop* loop) const {
  return loops_.getLoopFor(block) == loop && dominators_.dominates(block, loop->getLoopLatch());
}

bool RegionTree::leaves_together(const llvm::BasicBlock* from, const llvm::Loop* loop) const {
  return on_spine(from, loop) && is_uniform_(*from);
}

bool RegionTree::diverges(const llvm::Loop* loop) const {
  llvm::SmallVector<llvm::BasicBlock*, 4> exiting;
  loop->getExitingBlocks(exiting);
  return llvm::any_of(exiting, [&](const llvm::BasicBlock* from) { return !leaves_together(from, loop); });
}

bool RegionTree::whole_warp(const llvm::Loop* loop) {
  if (diverges(loop)) {
    return false;
  }
  for (RegionNode* node = &of(loop->getHeader()); node->parent; node = node->parent) {
    const bool forked = node->side && !is_uniform_(*node->parent->block);
    if (forked || !node->collects) {
      return false;
    }
  }
  return true;
}

}  // namespace qiao::jit
