// Masks, branches and loops: emits the region tree depth first. Phis and masks of blocks with several ways in go
// through slots (allocas promoted to SSA at the end), so an edge may be emitted anywhere before its target.
#include <llvm/IR/Constants.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/MDBuilder.h>

#include "device_sim/jit/vectorize/barrier_flow.h"
#include "device_sim/jit/vectorize/emitter.h"
#include "device_sim/jit/vectorize/lane_loops.h"
#include "device_sim/jit/vectorize/waiting.h"

namespace qiao::jit {

using namespace llvm;

BasicBlock* Emitter::new_block(const Twine& name) {
  return BasicBlock::Create(warp_.getContext(), name, &warp_);
}

Value* Emitter::mask_bits(Mask mask) {
  return mask.all() ? Constant::getAllOnesValue(mask_type_) : mask.bits;
}

Value* Emitter::mask_word(Mask mask) {
  return mask.all() ? b_.getInt32(~0u) : b_.CreateBitCast(mask.bits, b_.getInt32Ty());
}

Value* Emitter::any(Mask mask) {
  return b_.CreateICmpNE(mask_word(mask), b_.getInt32(0));
}

Value* Emitter::any(const Masks& masks) {
  Value* word = mask_word(masks[0]);
  for (unsigned warp = 1; warp < jam_; ++warp) {
    word = b_.CreateOr(word, mask_word(masks[warp]));
  }
  return b_.CreateICmpNE(word, b_.getInt32(0));
}

// All lanes of all warps that run side by side.
Value* Emitter::whole(const Masks& masks) {
  Value* word = mask_word(masks[0]);
  for (unsigned warp = 1; warp < jam_; ++warp) {
    word = b_.CreateAnd(word, mask_word(masks[warp]));
  }
  return b_.CreateICmpEQ(word, b_.getInt32(~0u));
}

// Lanes that are active in one of the warps: they want what is made once for all.
Mask Emitter::together(const Masks& masks) {
  Mask result = masks[0];
  for (unsigned warp = 1; warp < jam_ && !result.all(); ++warp) {
    result = masks[warp].all() ? Mask{} : Mask{b_.CreateOr(result.bits, masks[warp].bits)};
  }
  return result;
}

void Emitter::each_warp(const std::function<void()>& body) {
  for (turn_ = 0; turn_ < jam_; ++turn_) {
    body();
  }
  turn_ = 0;
}

// A select, not an and: an idle lane's condition may be poison.
Mask Emitter::restrict(Mask mask, Value* condition, bool sense) {
  if (!sense) {
    condition = b_.CreateNot(condition);
  }
  if (mask.all()) {
    return {condition};
  }
  return {b_.CreateSelect(mask.bits, condition, Constant::getNullValue(mask_type_))};
}

void Emitter::once_or_each(const Value& value, const std::function<void()>& body) {
  if (shapes_.of(value).irregular) {
    each_warp(body);
  } else {
    body();
  }
}

void Emitter::each_own_mask(const Value& value, const Masks& masks, const std::function<void(Mask)>& body) {
  const Shape& shape = shapes_.of(value);
  if (shape.step) {
    each_warp([&] { body(masks[turn_]); });
  } else {
    body(shape.irregular ? masks[turn_] : together(masks));
  }
}

Emitter::ActiveSpan Emitter::active_span(Mask mask) {
  Value* word = mask_word(mask);
  Value* first = b_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, word, b_.getFalse());
  Value* last =
      b_.CreateSub(b_.getInt32(kLanes - 1), b_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, word, b_.getFalse()));
  return {first, last, b_.CreateICmpEQ(word, b_.getInt32(0))};
}

Masks Emitter::restrict(const Masks& masks, Value& condition, bool sense) {
  Masks result;
  each_warp([&] { result[turn_] = restrict(masks[turn_], vector(condition), sense); });
  return result;
}

void Emitter::when(Value* condition, bool cold, const std::function<void()>& body) {
  BasicBlock* inside = new_block(cold ? "cold" : "when");
  BasicBlock* next = new_block("next");
  MDNode* weights = cold ? MDBuilder(warp_.getContext()).createBranchWeights(1, 1 << 20) : nullptr;
  b_.CreateCondBr(condition, inside, next, weights);
  b_.SetInsertPoint(inside);
  body();
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
}

AllocaInst* Emitter::mask_slot(BasicBlock* block) {
  AllocaInst*& known = mask_slots_[{block, turn_}];
  if (!known) {
    known = slot(mask_type_, block->getName() + ".mask");
  }
  return known;
}

Masks Emitter::load_masks(BasicBlock* block) {
  Masks masks;
  each_warp([&] { masks[turn_] = {b_.CreateLoad(mask_type_, mask_slot(block))}; });
  return masks;
}

void Emitter::store_masks(const Masks& masks, BasicBlock* block) {
  each_warp([&] { b_.CreateStore(mask_bits(masks[turn_]), mask_slot(block)); });
}

Emitter::PhiSlots& Emitter::slots_of(PHINode& phi) {
  auto [found, inserted] = phi_slots_.try_emplace({&phi, turn_of(phi)});
  if (inserted) {
    const Shape& shape = shapes_.of(phi);
    const unsigned count = shape.is_group() ? shape.groups : 1;
    Type* type = shape.is_group() ? phi.getType() : vector_type(phi.getType());
    for (unsigned index = 0; index < count; ++index) {
      found->second.slots.push_back(slot(type, phi.getName() + ".slot"));
    }
  }
  return found->second;
}

// Before any way into `node` is emitted: nobody has arrived. Not for a loop's own pass.
void Emitter::reset_slots(RegionNode& node) {
  each_warp([&] {
    if (!node.side && !node.collects) {
      b_.CreateStore(Constant::getNullValue(mask_type_), mask_slot(node.block));
    }
    for (PHINode& phi : node.block->phis()) {
      for (AllocaInst* phi_slot : slots_of(phi).slots) {
        b_.CreateStore(PoisonValue::get(phi_slot->getAllocatedType()), phi_slot);
      }
    }
  });
}

void Emitter::store_phis(RegionNode& from, RegionNode& to, const Masks& masks, bool blended) {
  for (PHINode& phi : to.block->phis()) {
    Value& incoming = *phi.getIncomingValueForBlock(from.block);
    if (isa<UndefValue>(incoming)) {
      continue;
    }
    const bool one = !shapes_.of(phi).irregular;
    once_or_each(phi, [&] { store_phi(phi, incoming, one ? together(masks) : masks[turn_], blended); });
  }
}

void Emitter::store_phi(PHINode& phi, Value& incoming, Mask mask, bool blended) {
  const Shape& shape = shapes_.of(phi);
  PhiSlots slots = slots_of(phi);
  if (shape.is_group()) {
    for (unsigned group = 0; group < shape.groups; ++group) {
      b_.CreateStore(scalar(incoming, shape.first_lane(group)), slots.slots[group]);
    }
    return;
  }
  Value* value = vector(incoming);
  if (blended && !mask.all()) {
    value = blend(mask.bits, value, b_.CreateLoad(value->getType(), slots.slots[0]));
  }
  b_.CreateStore(value, slots.slots[0]);
}

void Emitter::load_phis(BasicBlock& block) {
  auto load = [&](PHINode& phi) {
    Values loaded;
    for (AllocaInst* phi_slot : slots_of(phi).slots) {
      loaded.push_back(b_.CreateLoad(phi_slot->getAllocatedType(), phi_slot, phi.getName()));
    }
    if (shapes_.of(phi).is_group()) {
      define(phi, loaded);
    } else {
      define_vector(phi, loaded[0]);
    }
  };
  for (PHINode& phi : block.phis()) {
    once_or_each(phi, [&] { load(phi); });
  }
}

// Pure and short: run it with whatever mask, even an empty one, rather than test whether any lane comes. What it hands
// to phis must be blended then: an unmasked store would overwrite what those who did come handed over.
bool Emitter::cheap(const RegionNode& node) {
  const auto* branch = dyn_cast<BranchInst>(node.block->getTerminator());
  if (!branch || branch->isConditional() || node.header || !node.inside.empty() || node.block->size() > 12) {
    return false;
  }
  BasicBlock* target = branch->getSuccessor(0);
  if (!active_loops_.empty() && target == active_loops_.back().loop->getHeader()) {
    return false;
  }
  const bool together = shapes_.arrives_together(*target);
  for (PHINode& phi : target->phis()) {
    if (together || !shapes_.of(phi).is_vector()) {
      return false;
    }
  }
  return all_of(*node.block, [this](Instruction& instruction) {
    if (isa<PHINode>(instruction) || instruction.isTerminator()) {
      return true;
    }
    const bool division = instruction.isIntDivRem();
    auto id = intrinsic_of(instruction);
    const bool position = id && row_of(*id).kind == IntrinsicKind::Position;
    const bool call = isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction) && !position;
    return !division && !call && !instruction.mayReadOrWriteMemory() && !isa<AllocaInst>(instruction);
  });
}

// Emits `start` and everything below it. The last child is continued in place to keep the recursion shallow.
void Emitter::emit_tree(RegionNode& start, Masks masks) {
  RegionNode* node = &start;
  while (node) {
    if (node->header) {
      for (RegionNode* child : node->after) {
        reset_slots(*child);
      }
      emit_loop(*node, masks);
    } else {
      emit_block(*node, masks);
    }
    RegionNode* last = nullptr;
    auto& children = node->header ? node->after : node->inside;
    for (RegionNode* child : children) {
      if (child->side) {
        const auto* branch = dyn_cast<BranchInst>(node->block->getTerminator());
        if (branch && branch->isConditional() && branch->getSuccessor(0) != branch->getSuccessor(1)) {
          continue;  // emitted with the branch
        }
      }
      const bool together = child->side || child->collects;
      if (together && child == children.back()) {
        last = child;
        break;
      }
      if (together) {
        emit_tree(*child, masks);
      } else {
        emit_guarded(*child, load_masks(child->block));
      }
    }
    node = last;
  }
}

void Emitter::emit_guarded(RegionNode& node, const Masks& masks) {
  if (cheap(node)) {
    emit_tree(node, masks);
    return;
  }
  when(any(masks), false, [&] { emit_tree(node, masks); });
}

void Emitter::emit_block(RegionNode& node, const Masks& masks) {
  load_phis(*node.block);
  for (Instruction& instruction : *node.block) {
    if (!isa<PHINode>(instruction) && !instruction.isTerminator()) {
      emit(instruction, masks);
    }
  }
  for (RegionNode* child : node.inside) {
    reset_slots(*child);
  }
  emit_terminator(node, masks);
}

void Emitter::emit_loop(RegionNode& node, Masks masks) {
  if (jam_ == 1 && is_lane_loop(*node.loop, dominators_, shapes_)) {
    emit_lane_loop(node, masks);
    return;
  }
  ActiveLoop active{node.loop, new_block(node.block->getName() + ".head"), new_block(node.block->getName() + ".end"),
                    tree_.diverges(node.loop), waits_on_memory(*node.loop, dominators_)};
  report_.waits |= active.yields;
  if (active.diverges) {
    store_masks(masks, node.block);
  }
  if (active.diverges && has_whole_passes(*node.loop)) {
    emit_whole_passes(node, masks, active);
  } else {
    b_.CreateBr(active.header);
  }
  b_.SetInsertPoint(active.header);
  if (active.diverges) {
    masks = load_masks(node.block);
  }
  emit_header(node, masks, active);
  b_.SetInsertPoint(active.end);
}

// The header as an ordinary block of its own loop, and all that follows in a pass.
void Emitter::emit_header(RegionNode& node, const Masks& masks, const ActiveLoop& active) {
  active_loops_.push_back(active);
  node.header = false;
  emit_tree(node, masks);
  node.header = true;
  active_loops_.pop_back();
  b_.CreateBr(active.end);
}

// A loop which lanes leave one by one, at its latch: mostly all 32 go round.
bool Emitter::has_whole_passes(const Loop& loop) {
  constexpr unsigned kMostInstructions = 200;
  const BasicBlock* latch = loop.getLoopLatch();
  const auto* branch = latch ? dyn_cast<BranchInst>(latch->getTerminator()) : nullptr;
  if (!branch || !branch->isConditional() || !loop.isLoopExiting(latch) || !loop.isInnermost() ||
      shapes_.is_uniform(*branch->getCondition())) {
    return false;
  }
  unsigned size = 0;
  for (const BasicBlock* block : loop.blocks()) {
    size += block->size();
    if (any_of(*block, is_block_barrier)) {
      return false;
    }
  }
  return size <= kMostInstructions;
}

// A copy of the loop without masks, for as long as no lane leaves; then on in the one with masks.
void Emitter::emit_whole_passes(RegionNode& node, const Masks& masks, ActiveLoop active) {
  active.whole = new_block(node.block->getName() + ".whole");
  if (masks.all()) {
    b_.CreateBr(active.whole);
  } else {
    b_.CreateCondBr(whole(masks), active.whole, active.header);
  }
  const VectorizeReport before = report_;
  b_.SetInsertPoint(active.whole);
  emit_header(node, {}, active);
  report_ = before;  // counted with the other copy
}

// At the latch of a pass of all lanes: once more if all stay. Else what follows sorts out who does.
void Emitter::repeat_whole_pass(RegionNode& node, BranchInst& branch) {
  const ActiveLoop& active = active_loops_.back();
  const bool sense = branch.getSuccessor(0) == active.loop->getHeader();
  Value* all = whole(restrict(Masks{}, *branch.getCondition(), sense));
  BasicBlock* again = new_block("again");
  BasicBlock* some = new_block("some");
  b_.CreateCondBr(all, again, some, MDBuilder(warp_.getContext()).createBranchWeights(64, 1));
  b_.SetInsertPoint(again);
  emit_edge(node, active.loop->getHeader(), {});
  b_.CreateBr(active.whole);
  b_.SetInsertPoint(some);
}

void Emitter::emit_terminator(RegionNode& node, const Masks& masks) {
  Instruction* terminator = node.block->getTerminator();
  auto* branch = dyn_cast<BranchInst>(terminator);
  if (!branch) {
    return;  // return: the lanes are done, control goes on to whoever is left
  }
  if (branch->isConditional() && branch->getSuccessor(0) != branch->getSuccessor(1)) {
    if (shapes_.is_uniform(*branch->getCondition())) {
      ++report_.uniform_branches;
      emit_branch(node, *branch, masks);
    } else {
      ++report_.divergent_branches;
      emit_divergent_branch(node, *branch, masks);
    }
    return;
  }
  emit_edge(node, branch->getSuccessor(0), masks);
  if (jump_over(node, branch->getSuccessor(0))) {
    b_.SetInsertPoint(new_block("unreachable"));
  }
}

// Jumps for edges which all remaining lanes of the loop take: back to its header or out of it.
bool Emitter::jump_over(RegionNode& node, BasicBlock* target) {
  if (active_loops_.empty()) {
    return false;
  }
  const ActiveLoop& active = active_loops_.back();
  if (target == active.loop->getHeader() && active.loop->contains(node.block)) {
    if (active.yields) {
      b_.CreateCall(module_.getOrInsertFunction("qiao_rt_yield", b_.getVoidTy(), b_.getPtrTy()), {warp_.getArg(1)});
    }
    b_.CreateBr(active.header);
    return true;
  }
  if (!active.loop->contains(target) && tree_.leaves_together(node.block, active.loop)) {
    b_.CreateBr(active.end);
    return true;
  }
  return false;
}

void Emitter::emit_branch(RegionNode& node, BranchInst& branch, const Masks& masks) {
  BasicBlock* yes = new_block("yes");
  BasicBlock* no = new_block("no");
  BasicBlock* next = new_block("next");
  b_.CreateCondBr(scalar(*branch.getCondition()), yes, no);
  for (unsigned way = 0; way < 2; ++way) {
    b_.SetInsertPoint(way == 0 ? yes : no);
    BasicBlock* target = branch.getSuccessor(way);
    emit_edge(node, target, masks);
    if (jump_over(node, target)) {
      continue;
    }
    if (RegionNode& side = tree_.of(target); side.side && side.parent == &node) {
      emit_tree(side, masks);
    }
    b_.CreateBr(next);
  }
  b_.SetInsertPoint(next);
}

void Emitter::emit_divergent_branch(RegionNode& node, BranchInst& branch, const Masks& masks) {
  if (masks.all() && !active_loops_.empty() && active_loops_.back().whole &&
      active_loops_.back().loop->getLoopLatch() == node.block) {
    repeat_whole_pass(node, branch);
  }
  Value& condition = *branch.getCondition();
  const Masks ways[2] = {restrict(masks, condition, true), restrict(masks, condition, false)};
  Loop* loop = active_loops_.empty() ? nullptr : active_loops_.back().loop;
  for (unsigned way = 0; way < 2; ++way) {
    emit_edge(node, branch.getSuccessor(way), ways[way]);
  }
  const unsigned first = tree_.of(branch.getSuccessor(0)).order < tree_.of(branch.getSuccessor(1)).order ? 0 : 1;
  for (unsigned way : {first, 1 - first}) {
    BasicBlock* target = branch.getSuccessor(way);
    const bool leaves = loop && !loop->contains(branch.getSuccessor(1 - way));
    if (loop && loop->contains(target) && leaves && tree_.on_spine(node.block, loop)) {
      // Whoever stays is all that is left of the loop: no one left ends it.
      BasicBlock* stay = new_block("stay");
      b_.CreateCondBr(any(ways[way]), stay, active_loops_.back().end);
      b_.SetInsertPoint(stay);
      if (jump_over(node, target)) {
        b_.SetInsertPoint(new_block("unreachable"));
      } else if (RegionNode& side = tree_.of(target); side.side && side.parent == &node) {
        emit_tree(side, ways[way]);
      }
      continue;
    }
    if (RegionNode& side = tree_.of(target); side.side && side.parent == &node) {
      emit_versions(side, ways[way], masks.all());
    }
  }
}

// Short code without loops, its instructions counted down from `budget`.
bool Emitter::is_short(const RegionNode& node, unsigned& budget) {
  if (node.header || node.block->size() > budget) {
    return false;
  }
  budget -= node.block->size();
  return all_of(node.inside, [&](const RegionNode* child) { return is_short(*child, budget); });
}

// `if (i < n)` around memory accesses holds for all lanes of almost every warp: short sides get a version without
// masks.
void Emitter::emit_versions(RegionNode& side, const Masks& masks, bool from_all) {
  unsigned budget = 48;
  const bool accesses =
      any_of(*side.block, [](Instruction& instruction) { return instruction.mayReadOrWriteMemory(); });
  if (!from_all || !accesses || !is_short(side, budget)) {
    emit_guarded(side, masks);
    return;
  }
  BasicBlock* full = new_block("full");
  BasicBlock* part = new_block("part");
  BasicBlock* next = new_block("next");
  b_.CreateCondBr(whole(masks), full, part);
  const VectorizeReport before = report_;
  b_.SetInsertPoint(full);
  emit_tree(side, {});
  b_.CreateBr(next);
  report_ = before;  // counted once
  b_.SetInsertPoint(part);
  emit_guarded(side, masks);
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
}

// Lanes in `mask` go from `node` to `target`: their phis, and that they have arrived.
void Emitter::emit_edge(RegionNode& node, BasicBlock* target, const Masks& masks) {
  RegionNode& to = tree_.of(target);
  const bool back_edge =
      to.header == false && !active_loops_.empty() && active_loops_.back().loop->getHeader() == target;
  if (back_edge) {
    store_phis(node, to, masks, false);
    if (active_loops_.back().diverges) {
      store_masks(masks, target);
    }
    return;
  }
  const bool entering = to.header;
  store_phis(node, to, masks, !entering && !shapes_.arrives_together(*target));
  if (!to.side && !to.collects) {
    each_warp([&] {
      AllocaInst* arrived = mask_slot(target);
      b_.CreateStore(b_.CreateOr(b_.CreateLoad(mask_type_, arrived), mask_bits(masks[turn_])), arrived);
    });
  }
}

}  // namespace qiao::jit
