// Pass pipelines. Left out on purpose: LoopVectorize and SLP (we are the vectoriser), gvn-sink (merges convergent
// calls), LoopIdiom and MemCpyOpt (turn lane loops into library calls), switch tables (would become gathers).
#include "device_sim/jit/vectorize/pipelines.h"

#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/ADCE.h>
#include <llvm/Transforms/Scalar/BDCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/GVN.h>
#include <llvm/Transforms/Scalar/IndVarSimplify.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopDeletion.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/LoopRotation.h>
#include <llvm/Transforms/Scalar/LoopUnrollPass.h>
#include <llvm/Transforms/Scalar/SCCP.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/Scalarizer.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/FixIrreducible.h>
#include <llvm/Transforms/Utils/LCSSA.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/LowerSwitch.h>
#include <llvm/Transforms/Utils/UnifyFunctionExitNodes.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/llvm_versions.h"

namespace qiao::jit {

using namespace llvm;

namespace {

struct Analyses {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;

  explicit Analyses(TargetMachine* host) {
    PassBuilder builder(host);
    setup(builder);
  }
  Analyses(const BlockShape& shape, const Overrides* overrides) {
    PassBuilder builder;
    functions.registerPass([&] { return warp_target_analysis(shape, overrides); });
    setup(builder);
  }

 private:
  void setup(PassBuilder& builder) {
    functions.registerPass([] { return TargetLibraryAnalysis(no_library()); });
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
  }
};

SimplifyCFGOptions gentle_simplify() {
  return SimplifyCFGOptions().convertSwitchToLookupTable(false).hoistCommonInsts(false).sinkCommonInsts(false);
}

// Fixed extents before the scalar passes: they give the proofs of alignment and unroll loops over the block.
void fix_block_shape(Function& lane, const BlockShape& shape) {
  if (shape.generic()) {
    return;
  }
  const uint32_t extents[3] = {shape.x, shape.y, shape.z};
  for (Instruction& instruction : make_early_inc_range(instructions(lane))) {
    auto id = intrinsic_of(instruction);
    if (!id) {
      continue;
    }
    Value* known = nullptr;
    if (*id >= Intrinsic::NtidX && *id <= Intrinsic::NtidZ) {
      known =
          ConstantInt::get(instruction.getType(), extents[static_cast<int>(*id) - static_cast<int>(Intrinsic::NtidX)]);
    } else if (*id >= Intrinsic::TidX && *id <= Intrinsic::TidZ &&
               extents[static_cast<int>(*id) - static_cast<int>(Intrinsic::TidX)] == 1) {
      known = ConstantInt::get(instruction.getType(), 0);
    } else if (*id == Intrinsic::WarpId && shape.threads() <= kLanes) {
      known = ConstantInt::get(instruction.getType(), 0);
    }
    if (known) {
      instruction.replaceAllUsesWith(known);
      instruction.eraseFromParent();
    } else if (*id >= Intrinsic::TidX && *id <= Intrinsic::TidZ) {
      const uint32_t extent = extents[static_cast<int>(*id) - static_cast<int>(Intrinsic::TidX)];
      cast<CallBase>(instruction)
          .addRetAttr(
              Attribute::get(lane.getContext(), Attribute::Range, ConstantRange(APInt(32, 0), APInt(32, extent))));
    }
  }
}

// `or disjoint` says "add" for the lanes that execute it; the scalar of a run may belong to another lane, for which
// only the addition is right.
void undo_disjoint(Function& lane) {
  for (Instruction& instruction : make_early_inc_range(instructions(lane))) {
    auto* disjoint = dyn_cast<PossiblyDisjointInst>(&instruction);
    if (disjoint && disjoint->isDisjoint()) {
      auto* sum =
          BinaryOperator::CreateAdd(disjoint->getOperand(0), disjoint->getOperand(1), "", disjoint->getIterator());
      sum->takeName(disjoint);
      disjoint->replaceAllUsesWith(sum);
      disjoint->eraseFromParent();
    }
  }
}

}  // namespace

void optimize_lane_code(Function& lane, const BlockShape& shape, const WindowSizes& sizes) {
  fix_block_shape(lane, shape);
  Analyses analyses(nullptr);
  FunctionPassManager passes;
  passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  passes.addPass(EarlyCSEPass());
  passes.addPass(SimplifyCFGPass(gentle_simplify()));
  passes.addPass(InstCombinePass());
  LoopPassManager rotate;
  rotate.addPass(LoopRotatePass());
  rotate.addPass(LICMPass(LICMOptions()));
  passes.addPass(createFunctionToLoopPassAdaptor(std::move(rotate), true));
  LoopPassManager unroll;
  unroll.addPass(IndVarSimplifyPass(false));
  unroll.addPass(LoopDeletionPass());
  unroll.addPass(LoopFullUnrollPass());
  passes.addPass(createFunctionToLoopPassAdaptor(std::move(unroll)));
  passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  passes.addPass(GVNPass(GVNOptions().setPRE(false).setLoadPRE(false)));
  passes.addPass(InstCombinePass());
  passes.addPass(SCCPPass());
  passes.addPass(BDCEPass());
  passes.addPass(ADCEPass());
  passes.addPass(SimplifyCFGPass(gentle_simplify()));
  passes.run(lane, analyses.functions);
  drop_proven_checks(lane, sizes, analyses.functions.getResult<ScalarEvolutionAnalysis>(lane));
}

void prepare_lane_code(Function& lane) {
  Analyses analyses(nullptr);
  FunctionPassManager passes;
  ScalarizerPassOptions scalarize;
  scalarize.ScalarizeLoadStore = true;
  passes.addPass(ScalarizerPass(scalarize));
  passes.addPass(LowerSwitchPass());
  passes.addPass(UnifyFunctionExitNodesPass());
  passes.addPass(FixIrreduciblePass());
  passes.addPass(LoopSimplifyPass());
  passes.addPass(LCSSAPass());
  passes.run(lane, analyses.functions);
  undo_disjoint(lane);
}

void optimize_warp_code(Function& warp, TargetMachine* host) {
  Analyses analyses(host);
  FunctionPassManager passes;
  passes.addPass(EarlyCSEPass(true));
  passes.addPass(InstCombinePass());
  passes.addPass(SimplifyCFGPass(gentle_simplify()));
  LoopPassManager hoist;
  hoist.addPass(LICMPass(LICMOptions()));
  passes.addPass(createFunctionToLoopPassAdaptor(std::move(hoist), true));
  passes.addPass(EarlyCSEPass());
  passes.addPass(ADCEPass());
  passes.addPass(SimplifyCFGPass(gentle_simplify()));
  passes.run(warp, analyses.functions);
}

// The quick tier: what vectorising needs (values instead of slots, constants, no dead code), nothing that takes long.
void optimize_lane_code_quickly(Function& lane, const BlockShape& shape) {
  fix_block_shape(lane, shape);
  Analyses analyses(nullptr);
  FunctionPassManager passes;
  passes.addPass(EarlyCSEPass());
  passes.addPass(SimplifyCFGPass(gentle_simplify()));
  passes.addPass(InstCombinePass());
  passes.addPass(ADCEPass());
  passes.run(lane, analyses.functions);
}

void optimize_warp_code_quickly(Function& warp) {
  Analyses analyses(nullptr);
  FunctionPassManager passes;
  passes.addPass(EarlyCSEPass());
  passes.addPass(ADCEPass());
  passes.run(warp, analyses.functions);
}

struct LaneAnalyses::Managers : Analyses {
  using Analyses::Analyses;
};

LaneAnalyses::LaneAnalyses(Function& lane, const BlockShape& shape, const Overrides* overrides)
    : lane_(lane), managers_(std::make_unique<Managers>(shape, overrides)) {}
LaneAnalyses::~LaneAnalyses() = default;

UniformityInfo& LaneAnalyses::uniformity() {
  return managers_->functions.getResult<UniformityInfoAnalysis>(lane_);
}
DominatorTree& LaneAnalyses::dominators() {
  return managers_->functions.getResult<DominatorTreeAnalysis>(lane_);
}
LoopInfo& LaneAnalyses::loops() {
  return managers_->functions.getResult<LoopAnalysis>(lane_);
}

}  // namespace qiao::jit
