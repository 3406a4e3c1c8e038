// The vectoriser's steps, in order: refuse what cannot be done, prepare the control flow, find shapes, emit.
#include "device_sim/jit/vectorize/vectorize.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "device_sim/jit/flushing.h"
#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/jit/vectorize/jam.h"
#include "device_sim/jit/vectorize/pipelines.h"
#include "device_sim/jit/vectorize/refuse.h"
#include "device_sim/machine/block_context.h"

namespace qiao::jit {
namespace {

using namespace llvm;

// "K.lane" -> "K.warp".
std::string warp_name(const Function& lane) {
  StringRef name = lane.getName();
  name.consume_back(".lane");
  return (name + ".warp").str();
}

Function& declare_warp(Function& lane, const BlockShape& shape) {
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
  warp->addDereferenceableParamAttr(0, lane.getParamDereferenceableBytes(0));
  warp->addDereferenceableParamAttr(1, sizeof(machine::BlockContext));
  warp->getArg(2)->setName("warp");
  const ConstantRange calls(APInt(32, 0), APInt(32, shape.most_calls()));
  warp->addParamAttr(2, Attribute::get(context, Attribute::Range, calls));
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

// Analyses for as many warps side by side as `shape` says, and the code if it is wanted.
struct Attempt {
  Attempt(Function& lane, const BlockShape& shape) : lane(lane), shape(shape) {
    do {
      analyses = std::make_unique<LaneAnalyses>(lane, shape, &overrides);
      shapes = std::make_unique<ShapeAnalysis>(lane, shape, analyses->uniformity(), analyses->dominators(),
                                               analyses->loops());
    } while (correct(lane, *shapes, analyses->uniformity(), overrides));
    tree = std::make_unique<RegionTree>(lane, analyses->dominators(), analyses->loops(), [&](const BasicBlock& block) {
      const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
      return branch && (!branch->isConditional() || shapes->is_uniform(*branch->getCondition()));
    });
    why_not = refuse_flow(lane, analyses->dominators(), analyses->loops(), *shapes, *tree);
    watched = watched_meetings(lane, analyses->dominators(), analyses->loops(), *shapes);
  }

  VectorizeReport emit() {
    VectorizeReport report;
    report.ok = true;
    report.jam = shape.jam;
    report.watched = static_cast<unsigned>(watched.size());
    report.code = &declare_warp(lane, shape);
    Emitter(lane, *report.code, shape, *shapes, *tree, analyses->dominators(), watched, report).run();
    return report;
  }

  Function& lane;
  BlockShape shape;
  Overrides overrides;
  std::unique_ptr<LaneAnalyses> analyses;
  std::unique_ptr<ShapeAnalysis> shapes;
  std::unique_ptr<RegionTree> tree;
  std::string why_not;
  Meetings watched;
};

VectorizeReport refused(std::string why) {
  VectorizeReport report;
  report.why_not = std::move(why);
  return report;
}

}  // namespace

VectorizeReport vectorize(Function& lane, const BlockShape& shape, const JamLimits& limits) {
  if (std::string why = refuse_code(lane); !why.empty()) {
    return refused(std::move(why));
  }
  prepare_lane_code(lane);
  llvm::EliminateUnreachableBlocks(lane);  // the analyses know of no way to them
  if (std::string why = refuse_code(lane); !why.empty()) {
    return refused(std::move(why));
  }
  Attempt alone(lane, shape);
  if (!alone.why_not.empty()) {
    return refused(std::move(alone.why_not));
  }
  BlockShape jammed = shape;
  jammed.jam = !alone.watched.empty() ? 1
                                      : choose_jam(lane, shape, alone.analyses->dominators(), alone.analyses->loops(),
                                                   *alone.shapes, limits);
  if (jammed.jam > 1) {
    Attempt together(lane, jammed);
    // A branch that each warp takes as one, but not all alike, would make masks of what are jumps.
    const bool as_one = limits.anyway || count_divergent_branches(lane, *together.shapes) ==
                                             count_divergent_branches(lane, *alone.shapes);
    if (together.why_not.empty() && together.watched.empty() && as_one) {
      return together.emit();
    }
  }
  return alone.emit();
}

}  // namespace qiao::jit
