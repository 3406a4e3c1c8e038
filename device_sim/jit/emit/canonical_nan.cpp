// The mark (canonical_nan of the LLVM value domain) and the pass which resolves it.
#include "device_sim/jit/emit/canonical_nan.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/emit/lane_value.h"
#include "src/isa/meaning/float_bits.h"

namespace qiao::jit {
namespace {

constexpr llvm::StringLiteral kMarks[] = {"qiao.canonical.f32", "qiao.canonical.f64"};

bool is_mark(const llvm::Value& value) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&value);
  const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
  return callee && (callee->getName() == kMarks[0] || callee->getName() == kMarks[1]);
}

enum class Use { Ignores, Passes, Sees };

// What a user does with the bits of a NaN operand.
Use use_of(const llvm::User& user) {
  if (is_mark(user) || llvm::isa<llvm::FCmpInst>(user)) return Use::Ignores;
  if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&user)) {
    switch (call->getIntrinsicID()) {
      case llvm::Intrinsic::fptoui_sat:
      case llvm::Intrinsic::fptosi_sat:
        return Use::Ignores;
      case llvm::Intrinsic::fma:
      case llvm::Intrinsic::sqrt:
      case llvm::Intrinsic::fabs:
      case llvm::Intrinsic::floor:
      case llvm::Intrinsic::ceil:
      case llvm::Intrinsic::trunc:
      case llvm::Intrinsic::roundeven:
        return Use::Passes;
      default:
        return Use::Sees;
    }
  }
  if (llvm::isa<llvm::PHINode, llvm::SelectInst, llvm::FPExtInst, llvm::FPTruncInst>(user)) return Use::Passes;
  if (llvm::isa<llvm::UnaryOperator>(user)) return Use::Passes;  // fneg
  const auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&user);
  return binary && binary->getType()->isFloatingPointTy() ? Use::Passes : Use::Sees;
}

bool bits_are_seen(const llvm::Value& value, llvm::SmallPtrSetImpl<const llvm::Value*>& visited) {
  if (!visited.insert(&value).second) return false;
  for (const llvm::User* user : value.users()) {
    Use use = use_of(*user);
    if (use == Use::Sees || (use == Use::Passes && bits_are_seen(*user, visited))) return true;
  }
  return false;
}

}  // namespace

LaneValue canonical_nan(const LaneValue& a) {
  llvm::Value* real = a.real();
  if (llvm::isa<llvm::Constant>(real)) return isa::meaning::canonical_nan<LaneValue>(a);
  llvm::Module& module = *a.builder().GetInsertBlock()->getModule();
  llvm::FunctionCallee mark = module.getOrInsertFunction(kMarks[a.width() == 64], real->getType(), real->getType());
  auto* function = llvm::cast<llvm::Function>(mark.getCallee());
  function->setDoesNotAccessMemory();
  function->setDoesNotThrow();
  function->setWillReturn();
  function->addFnAttr(llvm::Attribute::Speculatable);
  return a.with(a.builder().CreateCall(mark, real));
}

void resolve_canonical_nans(llvm::Function& function) {
  llvm::SmallVector<std::pair<llvm::CallInst*, bool>, 32> marks;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      if (!is_mark(instruction)) continue;
      llvm::SmallPtrSet<const llvm::Value*, 16> visited;
      marks.emplace_back(llvm::cast<llvm::CallInst>(&instruction), bits_are_seen(instruction, visited));
    }
  }
  for (auto [mark, seen] : marks) {
    llvm::IRBuilder<> builder(mark);
    llvm::Value* value = mark->getArgOperand(0);
    if (seen) value = isa::meaning::canonical_nan<LaneValue>({builder, value}).raw();
    if (value->getType() != mark->getType()) value = builder.CreateBitCast(value, mark->getType());
    mark->replaceAllUsesWith(value);
    mark->eraseFromParent();
  }
}

}  // namespace qiao::jit
