// The vectoriser's steps, in order: refuse what cannot be done, prepare the control flow, find shapes, emit.
#include "device_sim/jit/vectorize/vectorize.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/flushing.h"
#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/jit/vectorize/pipelines.h"
#include "device_sim/jit/vectorize/refuse.h"

namespace qiao::jit {
namespace {

using namespace llvm;

// "K.lane" -> "K.warp".
std::string warp_name(const Function& lane) {
  StringRef name = lane.getName();
  name.consume_back(".lane");
  return (name + ".warp").str();
}

Function& declare_warp(Function& lane) {
  LLVMContext& context = lane.getContext();
  Type* pointer = PointerType::getUnqual(context);
  Type* i32 = Type::getInt32Ty(context);
  auto* type = FunctionType::get(Type::getVoidTy(context), {pointer, pointer, i32}, false);
  Function* warp = Function::Create(type, lane.getLinkage(), warp_name(lane), lane.getParent());
  warp->setDoesNotThrow();
  if (const Attribute mode = lane.getFnAttribute(kFloatModeAttribute); mode.isValid()) {
    warp->addFnAttr(mode);
  }
  for (unsigned index = 0; index < 2; ++index) {
    warp->getArg(index)->setName(index == 0 ? "params" : "block");
  }
  warp->addParamAttr(0, Attribute::ReadOnly);
  warp->addParamAttr(0, Attribute::NoAlias);
  warp->getArg(2)->setName("warp");
  warp->addParamAttr(2, Attribute::get(context, Attribute::Range, ConstantRange(APInt(32, 0), APInt(32, kLanes))));
  return *warp;
}

// Learns what LLVM's analysis got wrong: values that are uniform by arithmetic, and phis it calls uniform although
// lanes come to them different ways. False when it got nothing wrong.
bool correct(Function& lane, const ShapeAnalysis& shapes, UniformityInfo& uniformity, Overrides& overrides) {
  bool changed = false;
  for (const Instruction& instruction : instructions(lane)) {
    if (!instruction.getType()->isVoidTy() && uniformity.isDivergent(&instruction) && shapes.is_uniform(instruction)) {
      changed |= overrides.uniform.insert(&instruction).second;
    }
  }
  if (changed) {
    return true;
  }
  for (const Instruction& instruction : instructions(lane)) {
    const auto* phi = dyn_cast<PHINode>(&instruction);
    if (phi && uniformity.isUniform(&instruction) && !phi->hasConstantOrUndefValue() &&
        !shapes.arrives_together(*phi->getParent())) {
      changed |= overrides.divergent.insert(phi).second;
    }
  }
  if (changed) {
    overrides.uniform.clear();  // may rest on one of these
  }
  return changed;
}

VectorizeReport refused(std::string why) {
  VectorizeReport report;
  report.why_not = std::move(why);
  return report;
}

}  // namespace

VectorizeReport vectorize(Function& lane, const BlockShape& shape) {
  if (std::string why = refuse_code(lane); !why.empty()) {
    return refused(std::move(why));
  }
  prepare_lane_code(lane);
  if (std::string why = refuse_code(lane); !why.empty()) {
    return refused(std::move(why));
  }
  Overrides overrides;
  std::unique_ptr<LaneAnalyses> analyses;
  std::unique_ptr<ShapeAnalysis> found;
  do {
    analyses = std::make_unique<LaneAnalyses>(lane, shape, &overrides);
    found =
        std::make_unique<ShapeAnalysis>(lane, shape, analyses->uniformity(), analyses->dominators(), analyses->loops());
  } while (correct(lane, *found, analyses->uniformity(), overrides));
  ShapeAnalysis& shapes = *found;
  RegionTree tree(lane, analyses->dominators(), analyses->loops(), [&](const BasicBlock& block) {
    const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    return branch && (!branch->isConditional() || shapes.is_uniform(*branch->getCondition()));
  });
  if (std::string why = refuse_flow(lane, analyses->dominators(), analyses->loops(), shapes, tree); !why.empty()) {
    return refused(std::move(why));
  }
  VectorizeReport report;
  report.ok = true;
  Meetings watched = watched_meetings(lane, analyses->dominators(), analyses->loops(), shapes);
  report.watched = static_cast<unsigned>(watched.size());
  Emitter(lane, declare_warp(lane), shape, shapes, tree, analyses->dominators(), std::move(watched), report).run();
  return report;
}

}  // namespace qiao::jit
