// Finds pairs of operations which lanes may come to apart (see the header). What is ruled out: that lanes do the later
// one which have not done the earlier as often as everybody who is absent.
#include "device_sim/jit/vectorize/watched_meetings.h"

#include <llvm/ADT/DenseSet.h>
#include <llvm/Analysis/PostDominators.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PatternMatch.h>

#include <map>

#include "device_sim/jit/vectorize/meeting_flow.h"

namespace qiao::jit {
namespace {

using namespace llvm;
using namespace llvm::PatternMatch;

using Blocks = SmallPtrSet<const BasicBlock*, 32>;
using Calls = std::vector<const CallBase*>;

class Search {
 public:
  Search(Function& lane, const DominatorTree& dominators, const LoopInfo& loops, const ShapeAnalysis& shapes)
      : lane_(lane), dominators_(dominators), ends_(lane), loops_(loops), shapes_(shapes) {}

  Meetings run() {
    std::map<Intrinsic, Calls> operations;
    for (const Instruction& instruction : instructions(lane_)) {
      auto id = meeting_of(instruction);
      const auto* call = dyn_cast<CallBase>(&instruction);
      if (id && !names_present(call->getArgOperand(0), *call->getParent())) {
        operations[*id].push_back(call);
      }
    }
    Meetings found;
    if (operations.empty()) {
      return found;
    }
    find_parted();
    for (auto& [id, calls] : operations) {
      std::erase_if(calls, [&](const CallBase* call) { return !parted_.contains(call->getParent()); });
      if (has_pair(calls)) {
        found.insert(calls.begin(), calls.end());
      }
    }
    return found;
  }

 private:
  // Whether nobody is named who is not in the block too.
  static bool names_present(const Value* members, const BasicBlock& block) {
    const Value* a = nullptr;
    const Value* b = nullptr;
    if (match(members, m_And(m_Value(a), m_Value(b)))) {
      return names_present(a, block) || names_present(b, block);
    }
    const auto* call = dyn_cast<CallBase>(members);
    auto id = call ? intrinsic_of(*call) : std::nullopt;
    const bool of_present = id == Intrinsic::ActiveMask || id == Intrinsic::Ballot || id == Intrinsic::MatchAnyI32 ||
                            id == Intrinsic::MatchAnyI64;
    return of_present && call->getParent() == &block;
  }

  Blocks behind(const BasicBlock& start, bool around) const {
    Blocks found;
    SmallVector<const BasicBlock*, 16> work{&start};
    while (!work.empty()) {
      const BasicBlock* block = work.pop_back_val();
      for (const BasicBlock* next : successors(block)) {
        const Loop* loop = loops_.getLoopFor(next);
        const bool back = loop && loop->getHeader() == next && loop->contains(block);
        if ((around || !back) && found.insert(next).second) {
          work.push_back(next);
        }
      }
    }
    return found;
  }

  // Blocks to which part of a warp may come.
  void find_parted() {
    for (const BasicBlock& block : lane_) {
      const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
      if (!branch || !branch->isConditional() || shapes_.is_uniform(*branch->getCondition())) {
        continue;
      }
      for (const BasicBlock* next : behind(block, true)) {
        if (!ends_.dominates(next, &block)) {
          parted_.insert(next);
        }
      }
    }
  }

  bool has_pair(const Calls& calls) const {
    return any_of(calls, [&](const CallBase* a) {
      const Blocks later = behind(*a->getParent(), false);
      return any_of(calls, [&](const CallBase* b) {
        const Value* members[] = {a->getArgOperand(0), b->getArgOperand(0)};
        const bool differ = isa<ConstantInt>(members[0]) && isa<ConstantInt>(members[1]) && members[0] != members[1];
        return !differ && (parts_in_loop(*a->getParent(), *b->getParent()) ||
                           (later.contains(b->getParent()) && parts_in_pass(*a->getParent(), *b->getParent())));
      });
    });
  }

  static bool inside(const BasicBlock& block, const Loop* loop) { return !loop || loop->contains(&block); }

  // `b` comes behind `a`. Either all who do `b` have done `a` as often, or all who have done `a` do `b`.
  bool parts_in_pass(const BasicBlock& a, const BasicBlock& b) const {
    const bool after = dominators_.dominates(&a, &b) && inside(b, loops_.getLoopFor(&a));
    const bool followed = ends_.dominates(&b, &a) && inside(a, loops_.getLoopFor(&b));
    return !after && !followed;
  }

  // Whether one of them is not done by everybody in each pass of a loop around both.
  bool parts_in_loop(const BasicBlock& a, const BasicBlock& b) const {
    for (const Loop* loop = loops_.getLoopFor(&a); loop; loop = loop->getParentLoop()) {
      if (loop->contains(&b) && !(is_steady(a, *loop) && is_steady(b, *loop))) {
        return true;
      }
    }
    return false;
  }

  bool is_steady(const BasicBlock& block, const Loop& loop) const {
    const BasicBlock* latch = loop.getLoopLatch();
    bool steady = latch && dominators_.dominates(&block, latch);
    for (const Loop* inner = loops_.getLoopFor(&block); steady && inner != &loop; inner = inner->getParentLoop()) {
      SmallVector<BasicBlock*, 8> leaving;
      inner->getExitingBlocks(leaving);
      steady = all_of(leaving, [&](const BasicBlock* one) {
        const auto* branch = dyn_cast<BranchInst>(one->getTerminator());
        return branch && branch->isConditional() && shapes_.is_uniform(*branch->getCondition());
      });
    }
    return steady;
  }

  Function& lane_;
  const DominatorTree& dominators_;
  const PostDominatorTree ends_;
  const LoopInfo& loops_;
  const ShapeAnalysis& shapes_;
  Blocks parted_;
};

}  // namespace

Meetings watched_meetings(Function& lane, const DominatorTree& dominators, const LoopInfo& loops,
                          const ShapeAnalysis& shapes) {
  return Search(lane, dominators, loops, shapes).run();
}

}  // namespace qiao::jit
