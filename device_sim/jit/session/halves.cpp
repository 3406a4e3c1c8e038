// Finds stretches of element-wise code on 32 lanes that hold too much, and writes them twice, for 16 lanes each.
#include "device_sim/jit/session/halves.h"

#include <numeric>

#include <llvm/ADT/DenseMap.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/intrinsics.h"

namespace qiao::jit {
namespace {

using namespace llvm;

constexpr unsigned kWide = 32, kHalf = 16;
constexpr unsigned kRegisterBytes = 64;

bool is_wide(const Type* type) {
  const auto* vector = dyn_cast<FixedVectorType>(type);
  return vector && vector->getNumElements() == kWide;
}

Type* half_of(Type* type) {
  return FixedVectorType::get(cast<FixedVectorType>(type)->getElementType(), kHalf);
}

unsigned lanes_of(const Type* type) {
  const auto* vector = dyn_cast<FixedVectorType>(type);
  return vector ? vector->getNumElements() : 1;
}

// A scalar in all lanes: what LLVM makes of a splat.
const InsertElementInst* splat_source(const Instruction& instruction) {
  const auto* shuffle = dyn_cast<ShuffleVectorInst>(&instruction);
  const auto* insert = shuffle ? dyn_cast<InsertElementInst>(shuffle->getOperand(0)) : nullptr;
  const auto* place = insert ? dyn_cast<ConstantInt>(insert->getOperand(2)) : nullptr;
  return place && place->isZero() && shuffle->isZeroEltSplat() ? insert : nullptr;
}

// Two halves put together, or one twice: that of the lanes from 16 * half on, or null.
Value* half_source(const Instruction& instruction, unsigned half) {
  const auto* shuffle = dyn_cast<ShuffleVectorInst>(&instruction);
  if (!shuffle || !is_wide(shuffle->getType()) || lanes_of(shuffle->getOperand(0)->getType()) != kHalf) {
    return nullptr;
  }
  const ArrayRef<int> order = shuffle->getShuffleMask().slice(half * kHalf, kHalf);
  const int first = order.front();
  for (int lane = 0; lane < static_cast<int>(kHalf); ++lane) {
    if (order[lane] != first + lane) {
      return nullptr;
    }
  }
  return first == 0 || first == kHalf ? shuffle->getOperand(first / kHalf) : nullptr;
}

bool is_whole_of_halves(const Instruction& instruction) {
  return half_source(instruction, 0) && half_source(instruction, 1);
}

bool is_element_wise(const Instruction& instruction) {
  if (!is_wide(instruction.getType())) {
    return false;
  }
  if (isa<BinaryOperator, UnaryOperator, CmpInst, SelectInst, FreezeInst>(instruction) || splat_source(instruction) ||
      is_whole_of_halves(instruction)) {
    return true;
  }
  if (const auto* load = dyn_cast<LoadInst>(&instruction)) {
    const uint64_t bits = load->getType()->getScalarSizeInBits();
    return load->isSimple() && bits % 8 == 0;
  }
  if (isa<CastInst>(instruction)) {
    return is_wide(instruction.getOperand(0)->getType());
  }
  if (const auto form = host_form_of(instruction)) {
    return *form != HostForm::Permute;
  }
  const auto* call = dyn_cast<IntrinsicInst>(&instruction);
  return call && !call->mayReadOrWriteMemory() && isTriviallyVectorizable(call->getIntrinsicID());
}

// Stays as it is, before both halves: a scalar or a half, and free to be done before what stands in front of it.
bool is_neutral(const Instruction& instruction) {
  if (isa<PHINode, AllocaInst>(instruction) || instruction.isTerminator()) {
    return false;
  }
  if (isa<InsertElementInst>(instruction)) {  // of a splat
    return isa<UndefValue>(instruction.getOperand(0)) && !is_wide(instruction.getOperand(1)->getType());
  }
  if (lanes_of(instruction.getType()) > kHalf ||
      any_of(instruction.operands(), [](const Value* value) { return is_wide(value->getType()); })) {
    return false;
  }
  if (const auto* load = dyn_cast<LoadInst>(&instruction)) {
    return load->isSimple();
  }
  return !instruction.mayHaveSideEffects() && !instruction.mayReadFromMemory();
}

class Stretch {
 public:
  explicit Stretch(SmallVector<Instruction*, 64> code) : code_(std::move(code)), inside_(code_.begin(), code_.end()) {}

  // Registers that its values take where most of them live.
  unsigned most_registers() const {
    DenseMap<const Value*, unsigned> last_use;
    unsigned now = 0;
    for (unsigned at = 0; at < code_.size(); ++at) {
      for (const Value* operand : code_[at]->operands()) {
        if (takes_registers(*operand)) {
          last_use[operand] = at;
        }
      }
    }
    for (auto [value, at] : last_use) {
      now += inside_.contains(value) ? 0 : registers(*value);
    }
    unsigned most = now;
    for (unsigned at = 0; at < code_.size(); ++at) {
      const Instruction& instruction = *code_[at];
      SmallPtrSet<const Value*, 4> ended;
      for (const Value* operand : instruction.operands()) {
        if (takes_registers(*operand) && last_use[operand] == at && !lives_on(*operand) &&
            ended.insert(operand).second) {
          now -= registers(*operand);
        }
      }
      now += takes_registers(instruction) ? registers(instruction) : 0;
      most = std::max(most, now);
    }
    return most;
  }

  void split() {
    Instruction* behind = code_.back()->getNextNode();
    for (unsigned half = 0; half < 2; ++half) {
      IRBuilder<> builder(behind);
      if (half == 1) {  // keeps the code generator from doing both at once
        builder.CreateFence(AtomicOrdering::AcquireRelease, SyncScope::SingleThread);
      }
      for (Instruction* instruction : code_) {
        builder.SetCurrentDebugLocation(instruction->getDebugLoc());
        if (is_wide(instruction->getType()) && !isa<InsertElementInst>(instruction)) {
          halves_[half][instruction] = make(builder, *instruction, half);
        }
      }
    }
    IRBuilder<> builder(behind);
    for (Instruction* instruction : code_) {
      if (!isa<InsertElementInst>(instruction) && halves_[0].contains(instruction) && lives_on(*instruction)) {
        builder.SetCurrentDebugLocation(instruction->getDebugLoc());
        Value* whole = concatenateVectors(builder, {halves_[0][instruction], halves_[1][instruction]});
        instruction->replaceUsesWithIf(whole, [&](const Use& use) { return !inside_.contains(use.getUser()); });
      }
    }
    for (Instruction* instruction : reverse(code_)) {
      if (instruction->use_empty() && !instruction->mayHaveSideEffects()) {
        instruction->eraseFromParent();
      }
    }
  }

 private:
  static bool takes_registers(const Value& value) {
    return is_wide(value.getType()) && !isa<Constant>(value) && value.getType()->getScalarSizeInBits() >= 8 &&
           !isa<InsertElementInst>(value);
  }
  static unsigned registers(const Value& value) {
    const unsigned bytes = kWide * std::max(value.getType()->getScalarSizeInBits(), 8u) / 8;
    return (bytes + kRegisterBytes - 1) / kRegisterBytes;
  }
  // What comes from outside is taken to be needed again, but for the block's own phis.
  bool lives_on(const Value& value) const {
    const auto* phi = dyn_cast<PHINode>(&value);
    const bool ends = inside_.contains(&value) || (phi && phi->getParent() == code_.front()->getParent());
    return !ends || any_of(value.users(), [this](const User* user) { return !inside_.contains(user); });
  }

  // The half of an operand; scalars are whole. (What comes from outside is two registers already.)
  Value* part(IRBuilder<>& builder, Value* value, unsigned half) {
    if (!is_wide(value->getType())) {
      return value;
    }
    if (Value* known = halves_[half].lookup(value)) {
      return known;
    }
    SmallVector<int, kHalf> order(kHalf);
    std::iota(order.begin(), order.end(), static_cast<int>(half * kHalf));
    Value* made = builder.CreateShuffleVector(value, order);
    if (!isa<Constant>(value)) {
      halves_[half][value] = made;
    }
    return made;
  }

  // A scalar or half for this use alone is made where it is used: loads become operands in memory.
  Value* made_here(IRBuilder<>& builder, Value* value) {
    auto* instruction = dyn_cast<Instruction>(value);
    if (!instruction || !inside_.contains(instruction) || !instruction->hasOneUse()) {
      return value;
    }
    if (isa<LoadInst>(instruction)) {
      return builder.Insert(instruction->clone());
    }
    const InsertElementInst* insert = splat_source(*instruction);
    return insert && insert->hasOneUse() ? make_splat(builder, *insert) : value;
  }

  Value* make_splat(IRBuilder<>& builder, const InsertElementInst& insert) {
    return builder.CreateVectorSplat(kHalf, made_here(builder, insert.getOperand(1)));
  }

  Value* make_load(IRBuilder<>& builder, const LoadInst& load, unsigned half) {
    const uint64_t offset = half * kHalf * uint64_t{load.getType()->getScalarSizeInBits()} / 8;
    Value* place = builder.CreatePtrAdd(const_cast<Value*>(load.getPointerOperand()), builder.getInt64(offset));
    LoadInst* made =
        builder.CreateAlignedLoad(half_of(load.getType()), place, commonAlignment(load.getAlign(), offset));
    made->copyMetadata(load);
    return made;
  }

  Value* make(IRBuilder<>& builder, Instruction& instruction, unsigned half) {
    if (const InsertElementInst* insert = splat_source(instruction)) {
      return make_splat(builder, *insert);
    }
    if (is_whole_of_halves(instruction)) {
      return made_here(builder, half_source(instruction, half));
    }
    if (const auto* load = dyn_cast<LoadInst>(&instruction)) {
      return make_load(builder, *load, half);
    }
    SmallVector<Value*, 4> operands;
    const unsigned count =
        isa<CallBase>(instruction) ? cast<CallBase>(instruction).arg_size() : instruction.getNumOperands();
    for (unsigned index = 0; index < count; ++index) {
      operands.push_back(part(builder, instruction.getOperand(index), half));
    }
    Type* type = half_of(instruction.getType());
    Value* made = nullptr;
    if (const auto form = host_form_of(instruction)) {
      made = builder.CreateCall(declare_host_form(*form, *instruction.getModule(), type), operands);
    } else if (const auto* call = dyn_cast<IntrinsicInst>(&instruction)) {
      made = builder.CreateIntrinsic(type, call->getIntrinsicID(), operands);
    } else if (const auto* compare = dyn_cast<CmpInst>(&instruction)) {
      made = builder.CreateCmp(compare->getPredicate(), operands[0], operands[1]);
    } else if (const auto* cast = dyn_cast<CastInst>(&instruction)) {
      made = builder.CreateCast(cast->getOpcode(), operands[0], type);
    } else if (isa<SelectInst>(instruction)) {
      made = builder.CreateSelect(operands[0], operands[1], operands[2]);
    } else if (isa<FreezeInst>(instruction)) {
      made = builder.CreateFreeze(operands[0]);
    } else if (const auto* binary = dyn_cast<BinaryOperator>(&instruction)) {
      made = builder.CreateBinOp(binary->getOpcode(), operands[0], operands[1]);
    } else {
      made = builder.CreateUnOp(llvm::cast<UnaryOperator>(instruction).getOpcode(), operands[0]);
    }
    if (auto* fresh = dyn_cast<Instruction>(made)) {
      fresh->copyIRFlags(&instruction);
      if (auto* call = dyn_cast<CallBase>(fresh)) {
        call->setAttributes(llvm::cast<CallBase>(instruction).getAttributes());
      }
    }
    return made;
  }

  SmallVector<Instruction*, 64> code_;
  SmallPtrSet<const Value*, 32> inside_;
  DenseMap<const Value*, Value*> halves_[2];
};

void split_block(BasicBlock& block, const HalvesLimits& limits) {
  SmallVector<Instruction*, 64> code;
  unsigned wide = 0;
  SmallVector<Stretch, 4> stretches;
  auto close = [&] {
    if (wide >= limits.least_instructions) {
      stretches.emplace_back(std::exchange(code, {}));
    }
    code.clear();
    wide = 0;
  };
  for (Instruction& instruction : block) {
    const bool element_wise = is_element_wise(instruction);
    if (element_wise || is_neutral(instruction)) {
      code.push_back(&instruction);
      wide += element_wise;
    } else {
      close();
    }
  }
  close();
  for (Stretch& stretch : stretches) {
    if (stretch.most_registers() > limits.most_registers) {
      stretch.split();
    }
  }
}

}  // namespace

void split_into_halves(Function& function, const HalvesLimits& limits) {
  for (BasicBlock& block : function) {
    split_block(block, limits);
  }
}

}  // namespace qiao::jit
