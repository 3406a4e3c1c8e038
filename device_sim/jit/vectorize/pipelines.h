// The LLVM passes around the vectoriser, and the analyses it stands on (the one file that includes PassBuilder).
#pragma once

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/UniformityAnalysis.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/PassManager.h>

#include <memory>

#include "device_sim/jit/vectorize/warp_tti.h"

namespace qiao::jit {

// Shapes the control flow for linearisation: no switches, no irreducible loops, one return, simplified loops in LCSSA.
void prepare_lane_code(llvm::Function& lane);

struct LaneAnalyses {
  LaneAnalyses(llvm::Function& lane, const BlockShape& shape, const Overrides* overrides);
  ~LaneAnalyses();

  llvm::UniformityInfo& uniformity();
  llvm::DominatorTree& dominators();
  llvm::LoopInfo& loops();

 private:
  struct Managers;
  llvm::Function& lane_;
  std::unique_ptr<Managers> managers_;
};

}  // namespace qiao::jit
