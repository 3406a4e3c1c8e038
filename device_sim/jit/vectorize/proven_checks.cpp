// Removes address checks that always hold: accesses to shared and local arrays whose offsets have known bounds.
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/vectorize.h"

namespace qiao::jit {

using namespace llvm;

namespace {

// What is known at compile time of the window that a check is about; 0: nothing.
uint64_t least_bytes(const CallBase& check, const WindowSizes& sizes) {
  auto bytes = intrinsic_of(*check.getArgOperand(2));
  if (bytes == Intrinsic::SharedSize) {
    return sizes.shared;
  }
  return bytes == Intrinsic::LocalSize ? sizes.local : 0;
}

bool holds(const CallBase& check, uint64_t bytes, ScalarEvolution& evolution) {
  const uint64_t log2size = cast<ConstantInt>(check.getArgOperand(3))->getZExtValue();
  const SCEV* offset = evolution.getSCEV(check.getArgOperand(1));
  const uint64_t size = uint64_t{1} << log2size;
  const APInt most = evolution.getUnsignedRangeMax(offset);
  return bytes >= size && most.ule(bytes - size) && evolution.getMinTrailingZeros(offset) >= log2size;
}

}  // namespace

unsigned drop_proven_checks(Function& lane, const WindowSizes& sizes, ScalarEvolution& evolution) {
  unsigned dropped = 0;
  for (Instruction& instruction : make_early_inc_range(instructions(lane))) {
    if (intrinsic_of(instruction) != Intrinsic::Checked) {
      continue;
    }
    auto& check = cast<CallBase>(instruction);
    const uint64_t bytes = least_bytes(check, sizes);
    if (bytes != 0 && holds(check, bytes, evolution)) {
      IRBuilder<> builder(&check);
      Value* address = builder.CreateAdd(check.getArgOperand(0), check.getArgOperand(1));
      check.replaceAllUsesWith(builder.CreateIntToPtr(address, check.getType()));
      evolution.forgetValue(&check);
      check.eraseFromParent();
      ++dropped;
    }
  }
  return dropped;
}

}  // namespace qiao::jit
