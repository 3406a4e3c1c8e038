// The marks (canonical_nan and flush of the LLVM value domain) and the pass which resolves them.
#include "device_sim/jit/emit/float_marks.h"

#include <map>
#include <utility>
#include <vector>

#include <llvm/ADT/DenseMap.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/emit/lane_value.h"
#include "device_sim/jit/flushing.h"
#include "device_sim/jit/intrinsics.h"
#include "src/isa/meaning/float_bits.h"

namespace qiao::jit {
namespace {

using llvm::Instruction;
using llvm::Value;

// Corrections, as a set.
using Corrections = unsigned;
constexpr Corrections kNan = 1, kSubnormal = 2, kBoth = 3;
constexpr llvm::StringLiteral kNanMarks[] = {"qiao.canonical.f32", "qiao.canonical.f64"};
constexpr llvm::StringLiteral kFlushMark = "qiao.flush.f32";
constexpr llvm::StringLiteral kLooseMark = "qiao.loose.f32";  // of a value that needs no correction

Corrections mark_of(const Value& value) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&value);
  const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
  if (!callee) return 0;
  if (callee->getName() == kFlushMark) return kSubnormal;
  return callee->getName() == kNanMarks[0] || callee->getName() == kNanMarks[1] ? kNan : 0;
}

bool is_loose(const Value& value) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&value);
  return call && call->getCalledFunction() && call->getCalledFunction()->getName() == kLooseMark;
}

LaneValue marked(llvm::StringRef name, const LaneValue& a) {
  Value* real = a.real();
  llvm::Module& module = *a.builder().GetInsertBlock()->getModule();
  llvm::FunctionCallee mark = module.getOrInsertFunction(name, real->getType(), real->getType());
  auto* function = llvm::cast<llvm::Function>(mark.getCallee());
  function->setDoesNotAccessMemory();
  function->setDoesNotThrow();
  function->setWillReturn();
  function->addFnAttr(llvm::Attribute::Speculatable);
  return a.with(a.builder().CreateCall(mark, real));
}

// What a user does with the bits of a NaN or subnormal operand. Where subnormals are marked at all, the host takes them
// for zeros in arithmetic, comparisons and conversions.
struct Use {
  Corrections passes = 0;
  Corrections sees = 0;
};
constexpr Use kIgnores{}, kPassesBoth{kBoth, 0}, kPassesNan{kNan, 0}, kSeesBoth{0, kBoth};

Use use_of(const llvm::User& user) {
  if (mark_of(user)) return kPassesBoth;
  if (llvm::isa<llvm::FCmpInst>(user) || is_loose(user)) return kIgnores;
  if (host_form_of(user)) return kPassesNan;
  if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&user)) {
    switch (call->getIntrinsicID()) {
      case llvm::Intrinsic::fptoui_sat:
      case llvm::Intrinsic::fptosi_sat:
        return kIgnores;
      case llvm::Intrinsic::fabs:
        return kPassesBoth;
      case llvm::Intrinsic::fma:
      case llvm::Intrinsic::sqrt:
      case llvm::Intrinsic::floor:
      case llvm::Intrinsic::ceil:
      case llvm::Intrinsic::trunc:
      case llvm::Intrinsic::roundeven:
        return kPassesNan;
      default:
        return kSeesBoth;
    }
  }
  if (llvm::isa<llvm::PHINode, llvm::SelectInst, llvm::UnaryOperator>(user)) return kPassesBoth;
  if (llvm::isa<llvm::FPExtInst, llvm::FPTruncInst>(user)) return kPassesNan;
  const auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&user);
  return binary && binary->getType()->isFloatingPointTy() ? kPassesNan : kSeesBoth;
}

Corrections promised_by(const llvm::Constant& constant) {
  if (llvm::isa<llvm::UndefValue>(constant)) return kBoth;
  const auto* number = llvm::dyn_cast<llvm::ConstantFP>(&constant);
  if (!number) return 0;
  const llvm::APFloat& value = number->getValueAPF();
  const bool f32 = number->getType()->isFloatTy();
  const uint64_t canonical = f32 ? isa::meaning::kF32.canonical_nan : isa::meaning::kF64.canonical_nan;
  const bool other_nan = value.isNaN() && value.bitcastToAPInt().getZExtValue() != canonical;
  return (other_nan ? 0 : kNan) | (value.isDenormal() ? 0 : kSubnormal);
}

// A mark's correction is put off: its value, and each phi and select of nothing but corrected values, is *promised* to
// be seen corrected only. It is *pending* where a mark is behind it, so that there may be something to correct.
class Marks {
 public:
  explicit Marks(llvm::Function& function) {
    for (Instruction& instruction : llvm::instructions(function)) {
      if (instruction.getType()->isFloatTy() || instruction.getType()->isDoubleTy()) floats_.push_back(&instruction);
      if (mark_of(instruction) || is_loose(instruction)) marks_.push_back(llvm::cast<llvm::CallInst>(&instruction));
    }
  }

  void resolve() {
    if (marks_.empty()) return;
    for (llvm::CallInst* mark : marks_) flush_constant(*mark);
    find_promised();
    find_pending();
    find_seen();
    collect();
    for (llvm::CallInst* mark : marks_) {
      mark->replaceAllUsesWith(mark->getArgOperand(0));
      mark->eraseFromParent();
    }
    for (auto [use, needed] : seen_uses_) correct(*use, needed);
  }

 private:
  using Sets = llvm::DenseMap<const Value*, Corrections>;

  Corrections promised(const Value* value) const {
    if (const auto* constant = llvm::dyn_cast<llvm::Constant>(value)) return promised_by(*constant);
    return promised_.lookup(value);
  }

  Corrections promised_of(const Instruction& instruction) const {
    if (Corrections mark = mark_of(instruction)) return mark | promised(instruction.getOperand(0));
    if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction)) {
      Corrections all = kBoth;
      for (const Value* value : phi->incoming_values()) all &= promised(value);
      return all;
    }
    if (const auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
      return promised(select->getTrueValue()) & promised(select->getFalseValue());
    }
    if (changes_sign(instruction)) return promised(instruction.getOperand(0)) & kSubnormal;
    return llvm::isa<llvm::SIToFPInst, llvm::UIToFPInst>(instruction) ? kBoth : 0;
  }

  static bool changes_sign(const Instruction& instruction) {
    const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    return llvm::isa<llvm::UnaryOperator>(instruction) || (call && call->getIntrinsicID() == llvm::Intrinsic::fabs);
  }

  // LLVM widens a subnormal constant as it is.
  static void flush_constant(llvm::CallInst& mark) {
    if (mark_of(mark) != kSubnormal || !llvm::isa<llvm::ConstantFP>(mark.getArgOperand(0))) return;
    llvm::IRBuilder<> builder(&mark);
    mark.setArgOperand(0, isa::meaning::flush<LaneValue>({builder, mark.getArgOperand(0)}).real());
  }

  // The greatest such sets: a loop's phi keeps what its other values promise.
  void find_promised() {
    for (const Instruction* instruction : floats_) promised_[instruction] = kBoth;
    for (bool changed = true; changed;) {
      changed = false;
      for (const Instruction* instruction : floats_) {
        const Corrections now = promised_of(*instruction);
        changed |= now != std::exchange(promised_[instruction], now);
      }
    }
  }

  void find_pending() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const Instruction* instruction : floats_) {
        Corrections now = mark_of(*instruction);
        if (now || changes_sign(*instruction) || llvm::isa<llvm::PHINode, llvm::SelectInst>(instruction)) {
          for (const Value* operand : instruction->operand_values()) now |= pending_.lookup(operand);
        }
        now &= promised_[instruction];
        changed |= now != std::exchange(pending_[instruction], now);
      }
    }
  }

  // What is seen of a value's bits by those which it passes through without promising anything themselves.
  Corrections seen_by(const llvm::User& user) const {
    const Use use = use_of(user);
    return use.sees | (use.passes & ~promised(&user) & seen_.lookup(&user));
  }

  void find_seen() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const Instruction* instruction : llvm::reverse(floats_)) {
        Corrections now = 0;
        for (const llvm::User* user : instruction->users()) now |= seen_by(*user);
        changed |= now != std::exchange(seen_[instruction], now);
      }
    }
  }

  void collect() {
    for (Instruction* instruction : floats_) {
      const Corrections pending = pending_[instruction];
      if (!pending) continue;
      for (llvm::Use& use : instruction->uses()) {
        if (const Corrections needed = pending & seen_by(*use.getUser())) seen_uses_.emplace_back(&use, needed);
      }
    }
  }

  void correct(llvm::Use& use, Corrections needed) {
    auto* user = llvm::cast<Instruction>(use.getUser());
    auto* phi = llvm::dyn_cast<llvm::PHINode>(user);
    llvm::BasicBlock* from = phi ? phi->getIncomingBlock(use) : nullptr;
    Value* value = use.get();
    Value*& known =
        at_edge_[{value, from, needed}];  // a phi has one value from one block, however many edges there are
    if (!phi || !known) {
      llvm::IRBuilder<> builder(phi ? from->getTerminator() : user);
      LaneValue corrected(builder, value);
      if (needed & kSubnormal) corrected = isa::meaning::flush<LaneValue>(corrected);
      if (needed & kNan) corrected = isa::meaning::canonical_nan<LaneValue>(corrected);
      known = corrected.real();
    }
    use.set(known);
  }

  std::vector<Instruction*> floats_;
  std::vector<llvm::CallInst*> marks_;
  Sets promised_, pending_, seen_;
  std::vector<std::pair<llvm::Use*, Corrections>> seen_uses_;
  std::map<std::tuple<Value*, llvm::BasicBlock*, Corrections>, Value*> at_edge_;
};

}  // namespace

LaneValue canonical_nan(const LaneValue& a) {
  if (llvm::isa<llvm::Constant>(a.raw())) return isa::meaning::canonical_nan<LaneValue>(a);
  return marked(kNanMarks[a.width() == 64], a);
}

LaneValue flush(const LaneValue& a) {
  const bool host_flushes = is_flushing(*a.builder().GetInsertBlock()->getParent());
  if (!host_flushes || llvm::isa<llvm::Constant>(a.raw())) return isa::meaning::flush<LaneValue>(a);
  return marked(kFlushMark, a);
}

LaneValue loose(const LaneValue& a) {
  return a.width() == 32 && !llvm::isa<llvm::Constant>(a.raw()) ? marked(kLooseMark, a) : a;
}

void resolve_float_marks(llvm::Function& function) {
  Marks(function).resolve();
}

}  // namespace qiao::jit
