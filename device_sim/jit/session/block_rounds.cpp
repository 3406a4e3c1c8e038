// Emits the rounds of a block (see the header):
//   turn(part, first, last): for warps first .. last: state[w] = part(w)
//   all warps came to one barrier: turn(it, 0, warps); all done: the block is; else the runtime says whose turn it is.
#include "device_sim/jit/session/block_rounds.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

namespace qiao::jit {

using namespace llvm;

CountedLoop::CountedLoop(IRBuilder<>& builder, Value* first, Value* last) : builder(builder), last(last) {
  Function* function = builder.GetInsertBlock()->getParent();
  BasicBlock* before = builder.GetInsertBlock();
  body = BasicBlock::Create(builder.getContext(), "body", function);
  after = BasicBlock::Create(builder.getContext(), "after", function);
  builder.CreateBr(body);
  builder.SetInsertPoint(body);
  index = builder.CreatePHI(first->getType(), 2);
  index->addIncoming(first, before);
}

void CountedLoop::finish() {
  Value* next = builder.CreateAdd(index, ConstantInt::get(index->getType(), 1), "", true, true);
  index->addIncoming(next, builder.GetInsertBlock());
  builder.CreateCondBr(builder.CreateICmpULT(next, last), body, after);
  builder.SetInsertPoint(after);
}

BlockRounds::BlockRounds(IRBuilder<>& builder, const BarrierSplit& split, unsigned most_warps)
    : b_(builder), split_(split) {
  auto memory = [&](Type* type, const char* name) {
    AllocaInst* made = b_.CreateAlloca(type, nullptr, name);
    made->setAlignment(Align(64));
    return made;
  };
  frames_ = memory(ArrayType::get(b_.getInt8Ty(), split.frame_bytes * most_warps), "frames");
  states_ = memory(ArrayType::get(b_.getInt32Ty(), most_warps), "states");
  votes_ = memory(ArrayType::get(b_.getInt32Ty(), sizeof(BlockVotes) / 4), "votes");
  Constant* names = ConstantDataArray::get(b_.getContext(), split.barrier_ids);
  Module& module = *b_.GetInsertBlock()->getModule();
  auto* table = cast<GlobalVariable>(module.getOrInsertGlobal("barrier.names", names->getType()));
  table->setInitializer(names);
  table->setConstant(true);
  table->setLinkage(GlobalValue::PrivateLinkage);
  names_ = table;
  may_part_ = any_of(split.parts, [](const BarrierSplit::Part& part) { return !part.only_result; });
}

void BlockRounds::add_turn(const Turn& turn, Value* part, Value* first, Value* last) {
  turn.part->addIncoming(part, b_.GetInsertBlock());
  turn.first->addIncoming(first, b_.GetInsertBlock());
  turn.last->addIncoming(last, b_.GetInsertBlock());
}

void BlockRounds::emit(Value* params, Value* block, Value* warps, SmallVectorImpl<CallInst*>& calls) {
  params_ = params, block_ = block, warps_ = warps, calls_ = &calls;
  Function* function = b_.GetInsertBlock()->getParent();
  auto block_named = [&](const char* name) { return BasicBlock::Create(b_.getContext(), name, function); };
  BasicBlock *rounds = block_named("turn"), *joined = block_named("joined"), *done = block_named("block.done");
  if (split_.votes) {
    b_.CreateMemSetInline(votes_, Align(64), b_.getInt8(0), b_.getInt64(sizeof(BlockVotes)));
  }
  BasicBlock* start = b_.GetInsertBlock();
  b_.CreateBr(rounds);

  b_.SetInsertPoint(rounds);
  Type* i32 = b_.getInt32Ty();
  const Turn turn{b_.CreatePHI(i32, 3, "part"), b_.CreatePHI(i32, 3, "first"), b_.CreatePHI(i32, 3, "last")};
  turn.part->addIncoming(b_.getInt32(0), start);
  turn.first->addIncoming(b_.getInt32(0), start);
  turn.last->addIncoming(warps, start);
  b_.SetInsertPoint(joined);
  const auto parts = static_cast<unsigned>(split_.parts.size());
  const Outcome outcome{b_.CreatePHI(i32, parts, "any"), b_.CreatePHI(i32, parts, "every")};
  BasicBlock* none = block_named("no.part");
  b_.SetInsertPoint(rounds);
  SwitchInst* choice = b_.CreateSwitch(turn.part, none, parts);
  b_.SetInsertPoint(none);
  b_.CreateUnreachable();
  for (unsigned number = 0; number < parts; ++number) {
    BasicBlock* begin = block_named("part");
    choice->addCase(b_.getInt32(number), begin);
    b_.SetInsertPoint(begin);
    emit_part(number, turn, outcome, joined);
  }

  b_.SetInsertPoint(joined);
  BasicBlock *together = block_named("together"), *more = block_named("more"), *apart = block_named("apart");
  Value* agree = b_.CreateICmpEQ(outcome.any, outcome.every);
  Value* all = b_.CreateAnd(b_.CreateICmpEQ(turn.first, b_.getInt32(0)), b_.CreateICmpEQ(turn.last, warps));
  b_.CreateCondBr(may_part_ ? b_.CreateAnd(agree, all) : b_.getTrue(), together, apart);
  b_.SetInsertPoint(together);
  b_.CreateCondBr(b_.CreateICmpEQ(outcome.any, b_.getInt32(kWarpDone)), done, more);
  b_.SetInsertPoint(more);
  open_barrier();
  add_turn(turn, outcome.any, b_.getInt32(0), warps);
  b_.CreateBr(rounds);
  b_.SetInsertPoint(apart);
  emit_apart(turn, rounds, done);
  b_.SetInsertPoint(done);
}

void BlockRounds::emit_part(unsigned number, const Turn& turn, const Outcome& outcome, BasicBlock* joined) {
  const BarrierSplit::Part& part = split_.parts[number];
  BasicBlock* before = b_.GetInsertBlock();
  CountedLoop each(b_, turn.first, turn.last);
  Type* i32 = b_.getInt32Ty();
  PHINode* any = b_.CreatePHI(i32, 2, "any");
  PHINode* every = b_.CreatePHI(i32, 2, "every");
  any->addIncoming(b_.getInt32(0), before);
  every->addIncoming(b_.getInt32(~0u), before);
  Value* place =
      b_.CreateMul(b_.CreateZExt(each.index, b_.getInt64Ty()), b_.getInt64(split_.frame_bytes), "", true, true);
  Value* frame = b_.CreateInBoundsGEP(b_.getInt8Ty(), frames_, place);
  CallInst* state = b_.CreateCall(part.code, {params_, block_, each.index, frame, votes_});
  calls_->push_back(state);
  if (may_part_) {
    b_.CreateStore(state, b_.CreateInBoundsGEP(i32, states_, each.index));
  }
  Value* any_now = b_.CreateOr(any, state);
  Value* every_now = b_.CreateAnd(every, state);
  any->addIncoming(any_now, b_.GetInsertBlock());
  every->addIncoming(every_now, b_.GetInsertBlock());
  each.finish();
  Value* known = part.only_result ? b_.getInt32(*part.only_result) : nullptr;
  outcome.any->addIncoming(known ? known : any_now, b_.GetInsertBlock());
  outcome.every->addIncoming(known ? known : every_now, b_.GetInsertBlock());
  b_.CreateBr(joined);
}

// Warps are in different places: the runtime keeps the order.
void BlockRounds::emit_apart(const Turn& turn, BasicBlock* rounds, BasicBlock* done) {
  if (!may_part_) {
    b_.CreateUnreachable();
    return;
  }
  Type* i32 = b_.getInt32Ty();
  Function* function = b_.GetInsertBlock()->getParent();
  FunctionCallee next_warps = function->getParent()->getOrInsertFunction(
      "qiao_rt_next_warps", b_.getInt64Ty(), b_.getPtrTy(), b_.getPtrTy(), b_.getPtrTy(), i32, i32);
  Value* next = b_.CreateCall(next_warps, {block_, states_, names_, turn.last, warps_});
  Value* first = b_.CreateTrunc(next, i32);
  Value* last = b_.CreateTrunc(b_.CreateLShr(next, 32), i32);
  BasicBlock* some = BasicBlock::Create(b_.getContext(), "some", function);
  BasicBlock* opened = BasicBlock::Create(b_.getContext(), "opened", function);
  BasicBlock* go = BasicBlock::Create(b_.getContext(), "go", function);
  b_.CreateCondBr(b_.CreateICmpEQ(first, b_.getInt32(kWarpDone)), done, some);
  b_.SetInsertPoint(some);
  b_.CreateCondBr(b_.CreateICmpULT(first, turn.last), opened, go);
  b_.SetInsertPoint(opened);
  open_barrier();
  b_.CreateBr(go);
  b_.SetInsertPoint(go);
  Value* part = b_.CreateLoad(i32, b_.CreateInBoundsGEP(i32, states_, first));
  add_turn(turn, part, first, last);
  b_.CreateBr(rounds);
}

// What was gathered becomes what the barrier said.
void BlockRounds::open_barrier() {
  if (!split_.votes) {
    return;
  }
  auto at = [&](size_t offset) { return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), votes_, offset); };
  b_.CreateMemCpyInline(at(offsetof(BlockVotes, last)), Align(4), at(offsetof(BlockVotes, gathered)), Align(4),
                        b_.getInt64(sizeof(Votes)));
  b_.CreateMemSetInline(at(offsetof(BlockVotes, gathered)), Align(4), b_.getInt8(0), b_.getInt64(sizeof(Votes)));
}

}  // namespace qiao::jit
