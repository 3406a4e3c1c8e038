// Our TargetTransformInfo: a machine with divergent branches (see the header).
#include "device_sim/jit/vectorize/warp_tti.h"

#include <llvm/Analysis/TargetTransformInfoImpl.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include <memory>

#include "device_sim/jit/intrinsics.h"

namespace qiao::jit {
namespace {

bool position_diverges(Intrinsic id, const BlockShape& shape) {
  if (shape.generic()) {
    return true;
  }
  switch (id) {
    case Intrinsic::TidX:
      return shape.x != 1;
    case Intrinsic::TidY:
      return shape.y != 1 && shape.x % (kLanes * shape.jam) != 0;
    default:
      return shape.z != 1 && (shape.x * shape.y) % (kLanes * shape.jam) != 0;
  }
}

bool intrinsic_diverges(Intrinsic id, const BlockShape& shape) {
  switch (id) {
    case Intrinsic::TidX:
    case Intrinsic::TidY:
    case Intrinsic::TidZ:
      return position_diverges(id, shape);
    case Intrinsic::LaneId:
    case Intrinsic::Local:
    case Intrinsic::ShflIdx:
    case Intrinsic::ShflUp:
    case Intrinsic::ShflDown:
    case Intrinsic::ShflBfly:
    case Intrinsic::MatchAnyI32:
    case Intrinsic::MatchAnyI64:
      return true;
    case Intrinsic::WarpId:
      return shape.jam > 1;
    default:
      return shape.jam > 1 && row_of(id).kind == IntrinsicKind::Warp;
  }
}

// Agreed between lanes. Votes and reductions only where all lanes name the same members: a constant here, more by our
// own shape analysis.
bool intrinsic_unites(Intrinsic id, const llvm::CallBase& call, const BlockShape& shape) {
  const IntrinsicKind kind = row_of(id).kind;
  if (kind == IntrinsicKind::Barrier) {
    return true;
  }
  if (kind != IntrinsicKind::Warp || intrinsic_diverges(id, shape)) {
    return false;
  }
  return id == Intrinsic::ActiveMask || llvm::isa<llvm::Constant>(call.getArgOperand(0));
}

class WarpTti : public llvm::TargetTransformInfoImplCRTPBase<WarpTti> {
  using Base = llvm::TargetTransformInfoImplCRTPBase<WarpTti>;

 public:
  WarpTti(const llvm::DataLayout& layout, const BlockShape& shape, const Overrides* overrides)
      : Base(layout), shape_(shape), overrides_(overrides) {}

  bool hasBranchDivergence(const llvm::Function* = nullptr) const { return true; }

#if LLVM_VERSION_MAJOR >= 22
  llvm::InstructionUniformity getInstructionUniformity(const llvm::Value* value) const override {
    if (isAlwaysUniform(value)) return llvm::InstructionUniformity::AlwaysUniform;
    return isSourceOfDivergence(value) ? llvm::InstructionUniformity::NeverUniform
                                       : llvm::InstructionUniformity::Default;
  }
#endif

  bool isSourceOfDivergence(const llvm::Value* value) const {
    if (llvm::isa<llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst, llvm::AllocaInst>(value)) {
      return true;
    }
    const auto* call = llvm::dyn_cast<llvm::CallBase>(value);
    if (!call) {
      return overrides_->divergent.contains(value);
    }
    if (auto id = intrinsic_of(*call)) {
      return intrinsic_diverges(*id, shape_);
    }
    return !llvm::isa<llvm::IntrinsicInst>(call) && !is_pure_call(*call);
  }

  bool isAlwaysUniform(const llvm::Value* value) const {
    if (overrides_->uniform.contains(value)) {
      return true;
    }
    auto id = intrinsic_of(*value);
    return id && intrinsic_unites(*id, *llvm::cast<llvm::CallBase>(value), shape_);
  }

 private:
  BlockShape shape_;
  const Overrides* overrides_;
};

}  // namespace

llvm::TargetIRAnalysis warp_target_analysis(const BlockShape& shape, const Overrides* overrides) {
  return llvm::TargetIRAnalysis([shape, overrides](const llvm::Function& function) {
#if LLVM_VERSION_MAJOR >= 21
    return llvm::TargetTransformInfo(std::make_unique<WarpTti>(function.getDataLayout(), shape, overrides));
#else
    return llvm::TargetTransformInfo(WarpTti(function.getDataLayout(), shape, overrides));
#endif
  });
}

}  // namespace qiao::jit
