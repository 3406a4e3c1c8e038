// Addresses that differ between lanes by a 32-bit index alone, as a scalar and a vector of indices: gathers take these
// as they are, and the check of 32 lanes is one compare of 32-bit numbers. And the indices `i ^ m` of neighbours (the
// partners of a butterfly): one block of memory, its elements in another order.
#include <llvm/IR/Constants.h>
#include <llvm/IR/Operator.h>

#include "device_sim/jit/llvm_versions.h"
#include "device_sim/jit/vectorize/emitter.h"

namespace qiao::jit {

using namespace llvm;

namespace {

constexpr unsigned kMostSteps = 16;  // of an address's arithmetic that are followed

// The parts of an address: `base` + sum of uniform values + scale * the extended index. All modulo 2^64, as the
// address.
struct Terms {
  SmallVector<std::pair<Value*, uint64_t>, 6> uniform;  // value, factor
  uint64_t constant = 0;
  Instruction* extension = nullptr;
  uint64_t scale = 0;
  unsigned steps = 0;
};

class Collector {
 public:
  Collector(const ShapeAnalysis& shapes, const DataLayout& layout) : shapes_(shapes), layout_(layout) {}

  bool collect(Value& value, uint64_t factor, Terms& terms) {
    if (++terms.steps > kMostSteps) {
      return false;
    }
    if (const auto* constant = dyn_cast<ConstantInt>(&value)) {
      terms.constant += factor * constant->getZExtValue();
      return true;
    }
    if (isa<Constant>(value) || !is_address_wide(*value.getType())) {
      return false;
    }
    if (shapes_.of(value).is_same()) {
      terms.uniform.emplace_back(&value, factor);
      return true;
    }
    auto* instruction = dyn_cast<Instruction>(&value);
    return instruction && collect_operation(*instruction, factor, terms);
  }

 private:
  bool is_address_wide(const Type& type) const { return type.isPointerTy() || type.isIntegerTy(64); }

  bool collect_operation(Instruction& instruction, uint64_t factor, Terms& terms) {
    Value* first = instruction.getNumOperands() > 0 ? instruction.getOperand(0) : nullptr;
    const auto* amount = instruction.getNumOperands() > 1 ? dyn_cast<ConstantInt>(instruction.getOperand(1)) : nullptr;
    switch (instruction.getOpcode()) {
      case Instruction::Add:
        return collect(*first, factor, terms) && collect(*instruction.getOperand(1), factor, terms);
      case Instruction::Sub:
        return collect(*first, factor, terms) && collect(*instruction.getOperand(1), -factor, terms);
      case Instruction::Shl:
        return amount && amount->getValue().ult(64) && collect(*first, factor << amount->getZExtValue(), terms);
      case Instruction::Mul:
        return amount && collect(*first, factor * amount->getZExtValue(), terms);
      case Instruction::PtrToInt:
      case Instruction::IntToPtr:
        return collect(*first, factor, terms);
      case Instruction::GetElementPtr:
        return collect_gep(cast<GEPOperator>(instruction), factor, terms);
      case Instruction::Call:
        return intrinsic_of(instruction) == Intrinsic::Checked && collect(*first, factor, terms) &&
               collect(*instruction.getOperand(1), factor, terms);
      case Instruction::SExt:
      case Instruction::ZExt:
        if (terms.extension || !first->getType()->isIntegerTy(32)) {
          return false;
        }
        terms.extension = &instruction;
        terms.scale = factor;
        return true;
      default:
        return false;
    }
  }

  bool collect_gep(const GEPOperator& gep, uint64_t factor, Terms& terms) {
    OffsetScales scales;
    APInt constant(64, 0);
    if (gep.getType()->isVectorTy() || !gep.collectOffset(layout_, 64, scales, constant) ||
        !collect(*const_cast<Value*>(gep.getPointerOperand()), factor, terms)) {
      return false;
    }
    terms.constant += factor * constant.getZExtValue();
    return all_of(scales, [&](auto& term) { return collect(*term.first, factor * term.second.getZExtValue(), terms); });
  }

  const ShapeAnalysis& shapes_;
  const DataLayout& layout_;
};

}  // namespace

std::optional<Emitter::SplitAddress> Emitter::split_address(Value& address) {
  Terms terms;
  if (!shapes_.of(address).is_vector() || !Collector(shapes_, layout_).collect(address, 1, terms) || !terms.extension ||
      !isPowerOf2_64(terms.scale) || terms.scale > 8) {
    return std::nullopt;
  }
  Type* i64 = b_.getInt64Ty();
  Value* base = b_.getInt64(terms.constant);
  for (auto [value, factor] : terms.uniform) {
    Value* part = scalar(*value);
    part = part->getType()->isPointerTy() ? b_.CreatePtrToInt(part, i64) : part;
    base = b_.CreateAdd(base, factor == 1 ? part : b_.CreateMul(part, b_.getInt64(factor)));
  }
  return SplitAddress{base, terms.extension->getOperand(0), extends_signed(*terms.extension), terms.scale};
}

Value* Emitter::split_pointers(const SplitAddress& split) {
  Value* index = vector(*split.index);
  Value* base = split.base;
  if (!split.is_signed) {  // as a signed number less 2^31
    index = b_.CreateXor(index, splat(b_, b_.getInt32(0x80000000u)));
    base = b_.CreateAdd(base, b_.getInt64(split.scale << 31));
  }
  index = b_.CreateSExt(index, FixedVectorType::get(b_.getInt64Ty(), kLanes));
  return b_.CreateGEP(b_.getIntNTy(8 * split.scale), b_.CreateIntToPtr(base, b_.getPtrTy()), index);
}

// How to get a lane's address when the lane is known only at run time, or a constant.
std::function<Value*(Value*)> Emitter::split_reader(const SplitAddress& split, unsigned number) {
  AllocaInst* array = scratch(FixedVectorType::get(b_.getInt32Ty(), kLanes), 32 + number);
  b_.CreateStore(vector(*split.index), array);
  return [this, split, array](Value* lane) {
    Value* index = b_.CreateLoad(b_.getInt32Ty(), b_.CreateInBoundsGEP(b_.getInt32Ty(), array, lane));
    index = split.is_signed ? b_.CreateSExt(index, b_.getInt64Ty()) : b_.CreateZExt(index, b_.getInt64Ty());
    return b_.CreateGEP(b_.getIntNTy(8 * split.scale), b_.CreateIntToPtr(split.base, b_.getPtrTy()), index);
  };
}

// Lanes which a check of `split`, an offset, does not let pass; all of them by `always`. With first = base >> log2size
// lane i is good if 0 <= first + scale' * index < limit: the indices from least to most, which fit into 32 bits once
// those that no index can be are cut off.
std::optional<Emitter::Misses> Emitter::split_misses(const SplitAddress& split, const CallBase& check, Value* limit) {
  const uint64_t log2size = cast<ConstantInt>(check.getArgOperand(3))->getZExtValue();
  if (split.scale >> log2size == 0) {
    return std::nullopt;
  }
  const unsigned shift = Log2_64(split.scale) - log2size;
  Value* first = b_.CreateAShr(split.base, log2size);
  Value* low_bits = b_.CreateAnd(split.base, b_.getInt64((uint64_t{1} << log2size) - 1));
  Value* misaligned = b_.CreateICmpNE(low_bits, b_.getInt64(0));
  // Nowhere near any window: and nothing below overflows.
  Value* far = b_.CreateICmpUGE(b_.CreateAdd(first, b_.getInt64(uint64_t{1} << 60)), b_.getInt64(uint64_t{1} << 61));
  Value* least = b_.CreateNeg(first);
  Value* most = b_.CreateSub(b_.CreateSub(limit, b_.getInt64(1)), first);
  least = b_.CreateAShr(b_.CreateAdd(least, b_.getInt64((uint64_t{1} << shift) - 1)), shift);
  most = b_.CreateAShr(most, shift);
  const int64_t lowest = split.is_signed ? INT32_MIN : 0, highest = split.is_signed ? INT32_MAX : UINT32_MAX;
  least = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, least, b_.getInt64(lowest));
  most = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, most, b_.getInt64(highest));
  Value* always = b_.CreateOr(b_.CreateOr(misaligned, far), b_.CreateICmpSLT(most, least));
  Value* start = b_.CreateTrunc(least, b_.getInt32Ty());
  Value* room = b_.CreateTrunc(b_.CreateSub(most, least), b_.getInt32Ty());
  Value* distance = b_.CreateSub(vector(*split.index), splat(b_, start));
  return Misses{b_.CreateICmpUGT(distance, splat(b_, room)), always};
}

// `i ^ m` for a warp's neighbours i, from a multiple of 32 on, and one m for all: with n = i ^ m of lane 0, the
// elements from n & ~31 on; lane l has the one at l ^ (n & 31).
std::optional<Emitter::Butterfly> Emitter::butterfly(Value& address, Type* type) {
  if (layout_.getTypeStoreSize(type) != 4) {
    return std::nullopt;
  }
  Terms terms;
  if (!shapes_.of(address).is_vector() || !Collector(shapes_, layout_).collect(address, 1, terms) || !terms.extension ||
      terms.scale != 4) {
    return std::nullopt;
  }
  auto* partner = dyn_cast<BinaryOperator>(terms.extension->getOperand(0));
  if (!partner || partner->getOpcode() != Instruction::Xor) {
    return std::nullopt;
  }
  auto neighbours = [&](Value& value) {
    const Shape& shape = shapes_.of(value);
    constexpr unsigned kKnown = 5;
    return isa<Instruction>(value) && shape.is_group() && !shape.assumed() && shape.groups == 1 &&
           shape.strided(1, 1) && shape.known >= kKnown && shape.residue[0] % kLanes == 0 && shape.step % kLanes == 0;
  };
  auto same = [&](Value& value) { return isa<Constant>(value) || shapes_.of(value).is_same(); };
  Value *i = partner->getOperand(0), *m = partner->getOperand(1);
  if (!neighbours(*i)) {
    std::swap(i, m);
  }
  if (!neighbours(*i) || !same(*m)) {
    return std::nullopt;
  }
  const SplitAddress split = *split_address(address);
  Value* of_first = b_.CreateXor(scalar(*i), scalar(*m));
  Value* block = b_.CreateAnd(of_first, b_.getInt32(~31u));
  block = split.is_signed ? b_.CreateSExt(block, b_.getInt64Ty()) : b_.CreateZExt(block, b_.getInt64Ty());
  Value* start = b_.CreateAdd(split.base, b_.CreateShl(block, 2));
  SmallVector<int64_t, kLanes> numbers(kLanes);
  std::iota(numbers.begin(), numbers.end(), 0);
  Value* order = b_.CreateXor(lane_constant(numbers, 32), splat(b_, b_.CreateAnd(of_first, b_.getInt32(31))));
  return Butterfly{b_.CreateIntToPtr(start, b_.getPtrTy()), order};
}

// The lanes' mask in the order of memory: the order is its own inverse.
Value* Emitter::butterfly_mask(const Butterfly& wings, Mask mask) {
  Value* words = b_.CreateSExt(mask.bits, FixedVectorType::get(b_.getInt32Ty(), kLanes));
  return b_.CreateICmpNE(permute(words, wings.order), Constant::getNullValue(words->getType()));
}

Value* Emitter::load_butterfly(LoadInst& load, const Butterfly& wings, Mask mask) {
  Type* type = FixedVectorType::get(b_.getInt32Ty(), kLanes);
  Value* loaded = mask.all() ? static_cast<Value*>(b_.CreateAlignedLoad(type, wings.start, load.getAlign()))
                             : b_.CreateMaskedLoad(type, wings.start, load.getAlign(), butterfly_mask(wings, mask));
  return b_.CreateBitCast(permute(loaded, wings.order), vector_type(load.getType()));
}

void Emitter::store_butterfly(StoreInst& store, const Butterfly& wings, Mask mask) {
  Value* value = b_.CreateBitCast(vector(*store.getValueOperand()), FixedVectorType::get(b_.getInt32Ty(), kLanes));
  value = permute(value, wings.order);
  if (mask.all()) {
    b_.CreateAlignedStore(value, wings.start, store.getAlign());
  } else {
    b_.CreateMaskedStore(value, wings.start, store.getAlign(), butterfly_mask(wings, mask));
  }
}

}  // namespace qiao::jit
