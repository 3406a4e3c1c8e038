// Lanes that an operation of the warp names but that are not here (machine/lanes_apart.h). In kernels without watched
// operations there is none of this; in the others, whose warps run alone, one compare while nobody has been absent.
#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>

#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/jit/vectorize/meeting_flow.h"
#include "device_sim/machine/block_context.h"

namespace qiao::jit {

using namespace llvm;

namespace {

// Declared so that memory of the kernel stays in registers around the call.
FunctionCallee runtime_call(Module& module, StringRef name, ArrayRef<Type*> types) {
  FunctionCallee callee =
      module.getOrInsertFunction(name, FunctionType::get(Type::getVoidTy(module.getContext()), types, false));
  auto* function = cast<Function>(callee.getCallee());
  function->setOnlyAccessesInaccessibleMemOrArgMem();
  function->setDoesNotThrow();
  return callee;
}

}  // namespace

// Whether lanes of a warp of this block have done operations without others; it changes.
Value* Emitter::apart() {
  Value* address =
      b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), warp_.getArg(1), offsetof(machine::BlockContext, apart));
  return b_.CreateLoad(b_.getInt32Ty(), address, "apart");
}

void Emitter::watch_meeting(CallBase& call, Intrinsic id, Mask mask) {
  if (!meeting_of(call)) {
    return;
  }
  Value& members = *call.getArgOperand(0);
  const bool agreed = shapes_.is_uniform(members);
  const bool tested = watched_.contains(&call) && !mask.all();
  Value* cold = apart();
  if (tested) {
    Value* absent = b_.CreateNot(mask_word(mask));
    if (Mask entry = entry_masks()[0]; !entry.all()) {
      absent = b_.CreateAnd(absent, mask_word(entry));
    }
    if (agreed) {
      cold = b_.CreateOr(cold, b_.CreateAnd(absent, scalar(members)));
    } else {
      Value* named = b_.CreateAnd(vector(members), splat(b_, absent));
      Value* some = b_.CreateICmpNE(named, Constant::getNullValue(named->getType()));
      cold = b_.CreateOr(cold, mask_word(restrict(mask, some, true)));
    }
  }
  Type* i32 = b_.getInt32Ty();
  Type* pointer = b_.getPtrTy();
  FunctionCallee function = runtime_call(module_, "qiao_rt_apart", {pointer, i32, i32, i32, i32, pointer});
  when(b_.CreateICmpNE(cold, b_.getInt32(0)), true, [&] {
    Value* differing = ConstantPointerNull::get(b_.getPtrTy());
    if (!agreed) {
      differing = scratch(FixedVectorType::get(i32, kLanes), 9);
      b_.CreateStore(vector(members), differing);
    }
    b_.CreateCall(function, {warp_.getArg(1), warp_.getArg(2), mask_word(mask), b_.getInt32(static_cast<uint32_t>(id)),
                             agreed ? scalar(members) : b_.getInt32(0), differing});
  });
}

// Who waits at a barrier of the block waits for nobody elsewhere.
void Emitter::watch_barrier(Intrinsic id, Mask mask) {
  if (id == Intrinsic::BarrierArrive) {
    return;
  }
  Type* i32 = b_.getInt32Ty();
  FunctionCallee function = runtime_call(module_, "qiao_rt_level", {b_.getPtrTy(), i32, i32});
  when(b_.CreateICmpNE(apart(), b_.getInt32(0)), true,
       [&] { b_.CreateCall(function, {warp_.getArg(1), warp_.getArg(2), mask_word(mask)}); });
}

}  // namespace qiao::jit
