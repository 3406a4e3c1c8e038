// Where a thread is: tid, ctaid, windows. Threads of a block are numbered x fastest; warp w holds 32w .. 32w+31.
#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/machine/block_context.h"

namespace qiao::jit {

using namespace llvm;
using machine::BlockContext;

Shape tid_shape(unsigned dimension, const BlockShape& block) {
  if (block.generic()) {
    return Shape::vector();
  }
  const unsigned extents[3] = {block.x, block.y, block.z};
  const bool inner_only = dimension == 0 ? block.y * block.z == 1 : dimension == 1 && block.z == 1;
  const unsigned below = dimension == 0 ? 1 : dimension == 1 ? block.x : block.x * block.y;
  const unsigned extent = extents[dimension];
  // The lane's position is ((32w + lane) / below) % extent; the outermost extent in use needs no remainder.
  const bool outermost = inner_only || dimension == 2;
  if (extent == 1) {
    return constant_shape(APInt(32, 0));
  }
  std::array<int64_t, kLanes> values;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    values[lane] = lane / below % extent;
  }
  if (block.threads() <= kLanes) {
    return pattern_shape(values, 1, 32);  // the only warp: constants
  }
  if (below % kLanes == 0) {
    Shape result = Shape::uniform();
    const bool counts = below == kLanes && (outermost || extent % block.jam == 0);
    result.step = block.jam > 1 && counts ? 1 : 0;
    result.irregular = block.jam > 1 && !counts;
    return result;
  }
  if (kLanes % below != 0) {
    return Shape::vector();
  }
  const unsigned steps = kLanes / below;  // values of this dimension that one warp spans
  if (!outermost && steps % extent == 0) {
    return pattern_shape(values, 1, 32);
  }
  if (!outermost && extent % steps != 0) {
    return Shape::vector();
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    values[lane] = lane / below;
  }
  const bool counts = outermost || extent % (steps * block.jam) == 0;
  Shape result = pattern_shape(values, 1, Log2_32(counts ? steps * block.jam : steps));
  result.step = block.jam > 1 && counts ? steps : 0;
  result.irregular = !counts;
  return result;
}

Value* Emitter::load_context(Type* type, uint64_t offset, const Twine& name) {
  Value* address = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), warp_.getArg(1), offset);
  LoadInst* load = b_.CreateLoad(type, address, name);
  load->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(warp_.getContext(), {}));
  return load;
}

Value* Emitter::warp_number() {
  Value* first = warp_.getArg(2);
  if (jam_ > 1) {
    first = b_.CreateMul(first, b_.getInt32(jam_), "warp", true, true);
  }
  return turn_ ? b_.CreateAdd(first, b_.getInt32(turn_), "warp", true, true) : first;
}

Value* Emitter::first_thread() {
  return b_.CreateShl(warp_number(), Log2_32(kLanes), "first", true, true);
}

Value* Emitter::ntid(unsigned dimension) {
  if (block_shape_.generic()) {
    return load_context(b_.getInt32Ty(), offsetof(BlockContext, ntid) + 4 * dimension, "ntid");
  }
  const unsigned extents[3] = {block_shape_.x, block_shape_.y, block_shape_.z};
  return b_.getInt32(extents[dimension]);
}

Masks Emitter::entry_masks() {
  if (!block_shape_.generic() && block_shape_.threads() % kLanes == 0) {
    return {};
  }
  assert(jam_ == 1);
  Value* threads = b_.CreateMul(b_.CreateMul(ntid(0), ntid(1)), ntid(2));
  Value* left = b_.CreateSub(threads, first_thread());
  SmallVector<int64_t, kLanes> lanes(kLanes);
  std::iota(lanes.begin(), lanes.end(), 0);
  Value* inside = b_.CreateICmpULT(lane_constant(lanes, 32), b_.CreateVectorSplat(kLanes, left), "entry");
  return {{Mask{inside}}};
}

// `linear` is a scalar or a vector of thread numbers.
Value* Emitter::thread_position(unsigned dimension, Value* linear) {
  auto like = [&](Value* extent) { return linear->getType()->isVectorTy() ? splat(b_, extent) : extent; };
  Value* below = dimension == 0 ? b_.getInt32(1) : dimension == 1 ? ntid(0) : b_.CreateMul(ntid(0), ntid(1));
  Value* position = b_.CreateUDiv(linear, like(below));
  return dimension == 2 ? position : b_.CreateURem(position, like(ntid(dimension)));
}

void Emitter::emit_position(CallBase& call, Intrinsic id) {
  Type* i32 = b_.getInt32Ty();
  Type* i64 = b_.getInt64Ty();
  const unsigned ordinal = static_cast<unsigned>(id);
  switch (id) {
    case Intrinsic::TidX:
    case Intrinsic::TidY:
    case Intrinsic::TidZ: {
      const unsigned dimension = ordinal - static_cast<unsigned>(Intrinsic::TidX);
      if (shapes_.of(call).is_group()) {
        define(call, {thread_position(dimension, first_thread())});
        return;
      }
      SmallVector<int64_t, kLanes> lanes(kLanes);
      std::iota(lanes.begin(), lanes.end(), 0);
      Value* linear = b_.CreateAdd(splat(b_, first_thread()), lane_constant(lanes, 32));
      define_vector(call, thread_position(dimension, linear));
      return;
    }
    case Intrinsic::LaneId:
      define(call, {b_.getInt32(0)});
      return;
    case Intrinsic::WarpId:
      define(call, {warp_number()});
      return;
    case Intrinsic::NtidX:
    case Intrinsic::NtidY:
    case Intrinsic::NtidZ:
      define(call, {ntid(ordinal - static_cast<unsigned>(Intrinsic::NtidX))});
      return;
    case Intrinsic::CtaidX:
    case Intrinsic::CtaidY:
    case Intrinsic::CtaidZ: {
      const unsigned dimension = ordinal - static_cast<unsigned>(Intrinsic::CtaidX);
      define(call, {load_context(i32, offsetof(BlockContext, ctaid) + 4 * dimension, "ctaid")});
      return;
    }
    case Intrinsic::NctaidX:
    case Intrinsic::NctaidY:
    case Intrinsic::NctaidZ: {
      const unsigned dimension = ordinal - static_cast<unsigned>(Intrinsic::NctaidX);
      define(call, {load_context(i32, offsetof(BlockContext, nctaid) + 4 * dimension, "nctaid")});
      return;
    }
    case Intrinsic::Shared:
      define(call, {load_context(i64, offsetof(BlockContext, shared), "shared")});
      return;
    case Intrinsic::SharedSize:
      define(call, {load_context(i64, offsetof(BlockContext, shared_bytes), "shared.size")});
      return;
    case Intrinsic::DynamicSharedSize:
      define(call, {load_context(i64, offsetof(BlockContext, dynamic_shared_bytes), "dynamic.size")});
      return;
    case Intrinsic::LocalSize:
      define(call, {load_context(i64, offsetof(BlockContext, local_stride), "local.size")});
      return;
    case Intrinsic::Arena:
      define(call, {load_context(i64, offsetof(BlockContext, arena), "arena")});
      return;
    case Intrinsic::ArenaSize:
      define(call, {load_context(i64, offsetof(BlockContext, arena_bytes), "arena.size")});
      return;
    default: {  // Local: frames of the warp's lanes lie one after another
      Value* stride = load_context(i64, offsetof(BlockContext, local_stride), "local.size");
      Value* base = load_context(i64, offsetof(BlockContext, local), "local");
      base = b_.CreateAdd(base, b_.CreateMul(b_.CreateZExt(first_thread(), i64), stride));
      SmallVector<int64_t, kLanes> lanes(kLanes);
      std::iota(lanes.begin(), lanes.end(), 0);
      Value* offsets = b_.CreateMul(lane_constant(lanes, 64), splat(b_, stride));
      define_vector(call, b_.CreateAdd(splat(b_, base), offsets));
    }
  }
}

void Emitter::emit_per_warp(Instruction& instruction, const PerWarp& known) {
  Value* value;
  if (known.bits == 0) {
    value = b_.CreateMul(b_.CreateZExt(warp_number(), b_.getInt64Ty()), b_.getInt64(known.step));
    value = b_.CreateAdd(value, b_.getInt64(known.first));
  } else {
    const bool wide = known.packed.getActiveBits() > 64;
    ConstantInt* packed = b_.getInt(wide ? known.packed : known.packed.trunc(64));
    Value* position =
        b_.CreateMul(b_.CreateZExt(warp_number(), packed->getType()), ConstantInt::get(packed->getType(), known.bits));
    value = b_.CreateAnd(b_.CreateLShr(packed, position), maskTrailingOnes<uint64_t>(known.bits));
  }
  define(instruction, {b_.CreateTrunc(value, instruction.getType())});
}

}  // namespace qiao::jit
