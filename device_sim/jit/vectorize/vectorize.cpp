// The vectoriser's steps, in order: refuse what cannot be done, prepare the control flow, find shapes, emit.
#include "device_sim/jit/vectorize/vectorize.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>

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
  for (unsigned index = 0; index < 2; ++index) {
    warp->getArg(index)->setName(index == 0 ? "params" : "block");
  }
  warp->addParamAttr(0, Attribute::ReadOnly);
  warp->addParamAttr(0, Attribute::NoAlias);
  warp->getArg(2)->setName("warp");
  warp->addParamAttr(2, Attribute::get(context, Attribute::Range, ConstantRange(APInt(32, 0), APInt(32, kLanes))));
  return *warp;
}

// Values which LLVM's analysis calls divergent and ours uniform (tid.x / 32).
ValueSet proven_uniform(Function& lane, const ShapeAnalysis& shapes, UniformityInfo& uniformity) {
  ValueSet proven;
  for (const Instruction& instruction : instructions(lane)) {
    if (!instruction.getType()->isVoidTy() && uniformity.isDivergent(&instruction) && shapes.is_uniform(instruction)) {
      proven.insert(&instruction);
    }
  }
  return proven;
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
  ValueSet proven;
  {
    LaneAnalyses first(lane, shape, nullptr);
    ShapeAnalysis shapes(lane, shape, first.uniformity(), first.dominators(), first.loops());
    proven = proven_uniform(lane, shapes, first.uniformity());
  }
  LaneAnalyses analyses(lane, shape, &proven);
  ShapeAnalysis shapes(lane, shape, analyses.uniformity(), analyses.dominators(), analyses.loops());
  RegionTree tree(lane, analyses.dominators(), analyses.loops(), [&](const BasicBlock& block) {
    const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    return branch && (!branch->isConditional() || shapes.is_uniform(*branch->getCondition()));
  });
  if (std::string why = refuse_flow(lane, analyses.dominators(), analyses.loops(), shapes, tree); !why.empty()) {
    return refused(std::move(why));
  }
  VectorizeReport report;
  report.ok = true;
  Emitter(lane, declare_warp(lane), shape, shapes, tree, analyses.dominators(), report).run();
  return report;
}

}  // namespace qiao::jit
