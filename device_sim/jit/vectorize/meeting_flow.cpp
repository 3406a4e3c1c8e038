// Finds operations of a warp on both ways of a divergent branch (see the header).
#include "device_sim/jit/vectorize/meeting_flow.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PatternMatch.h>

#include <map>

namespace qiao::jit {
namespace {

using namespace llvm;
using namespace llvm::PatternMatch;

using Blocks = SmallPtrSet<const BasicBlock*, 32>;
using Calls = std::vector<const CallBase*>;

// What lanes that leave `branch` by its successor `way` come to within this pass of the loops around it, the headers at
// which their next pass starts, and what lies behind those loops. Later branches on the same condition (a guard and its
// opposite), or on one that it decides, take them one way.
Blocks blocks_behind(const BranchInst& branch, unsigned way, const LoopInfo& loops) {
  const BasicBlock* start = branch.getParent();
  const Loop* pass = loops.getLoopFor(start);
  Blocks found;
  SmallVector<Loop::Edge, 16> edges{{const_cast<BasicBlock*>(start), branch.getSuccessor(way)}};
  while (!edges.empty()) {
    const auto [from, to] = edges.pop_back_val();
    if (!found.insert(to).second) {
      continue;
    }
    const Loop* loop = loops.getLoopFor(to);
    if (loop && loop->getHeader() == to && loop->contains(from) && loop->contains(start)) {
      SmallVector<Loop::Edge, 8> exits;
      loop->getExitEdges(exits);
      edges.append(exits.begin(), exits.end());
      continue;
    }
    const auto* later = dyn_cast<BranchInst>(to->getTerminator());
    if (later && later->isConditional() && (!pass || pass->contains(to))) {
      auto implied = isImpliedCondition(branch.getCondition(), later->getCondition(), to->getDataLayout(), way == 0);
      if (implied) {
        edges.emplace_back(to, later->getSuccessor(*implied ? 0 : 1));
        continue;
      }
    }
    for (BasicBlock* next : successors(to)) {
      edges.emplace_back(to, next);
    }
  }
  return found;
}

// One way of a divergent branch.
struct Way {
  const BranchInst& branch;
  bool taken;
  Blocks blocks;  // only those who go this way come here in this pass

  // Whether `members` names nobody who went the other way.
  bool names_its_own(const Value* members, SmallPtrSetImpl<const Value*>& seen) const {
    if (!seen.insert(members).second) {
      return true;  // around a loop: the other incoming values decide
    }
    const Value* a = nullptr;
    const Value* b = nullptr;
    if (match(members, m_And(m_Value(a), m_Value(b)))) {
      SmallPtrSet<const Value*, 8> copy(seen.begin(), seen.end());
      return names_its_own(a, copy) || names_its_own(b, seen);
    }
    if (const auto* phi = dyn_cast<PHINode>(members)) {
      return all_of(phi->incoming_values(), [&](const Use& use) { return names_its_own(use, seen); });
    }
    if (match(members, m_Not(m_Value(a)))) {
      return votes_for(a, !taken);
    }
    if (votes_for(members, taken)) {
      return true;
    }
    const auto* call = dyn_cast<CallBase>(members);
    auto id = call ? intrinsic_of(*call) : std::nullopt;
    const bool present = id == Intrinsic::ActiveMask || id == Intrinsic::Ballot || id == Intrinsic::MatchAnyI32 ||
                         id == Intrinsic::MatchAnyI64;
    return present && blocks.contains(call->getParent());
  }

  // A ballot of the branch's own condition, or of its opposite.
  bool votes_for(const Value* value, bool holds) const {
    const auto* call = dyn_cast<CallBase>(value);
    if (!call || intrinsic_of(*call) != Intrinsic::Ballot) {
      return false;
    }
    const Value* vote = call->getArgOperand(1);
    return holds ? vote == branch.getCondition() : match(vote, m_Not(m_Specific(branch.getCondition())));
  }
};

bool may_meet(const Way& one, const CallBase& a, const Way& other, const CallBase& b) {
  const Value* members[] = {a.getArgOperand(0), b.getArgOperand(0)};
  if (isa<ConstantInt>(members[0]) && isa<ConstantInt>(members[1]) && members[0] != members[1]) {
    return false;  // lanes meet only with those who name the same
  }
  SmallPtrSet<const Value*, 8> seen_a, seen_b;
  return !one.names_its_own(members[0], seen_a) && !other.names_its_own(members[1], seen_b);
}

// The operations of `calls` in blocks of `way`.
Calls within(const Calls& calls, const Way& way) {
  Calls found;
  copy_if(calls, std::back_inserter(found),
          [&](const CallBase* call) { return way.blocks.contains(call->getParent()); });
  return found;
}

}  // namespace

std::optional<Intrinsic> meeting_of(const Instruction& instruction) {
  auto id = intrinsic_of(instruction);
  const bool meets =
      id && *id != Intrinsic::ActiveMask && (row_of(*id).kind == IntrinsicKind::Warp || *id == Intrinsic::WarpSync);
  return meets && !is_unsynchronized(cast<CallBase>(instruction)) ? id : std::nullopt;
}

std::string meets_across_branch(Function& lane, const LoopInfo& loops, const ShapeAnalysis& shapes) {
  std::map<Intrinsic, Calls> operations;
  for (const Instruction& instruction : instructions(lane)) {
    if (auto id = meeting_of(instruction)) {
      operations[*id].push_back(cast<CallBase>(&instruction));
    }
  }
  std::erase_if(operations, [](const auto& entry) { return entry.second.size() < 2; });
  for (const BasicBlock& block : lane) {
    const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    if (operations.empty() || !branch || !branch->isConditional() || shapes.is_uniform(*branch->getCondition())) {
      continue;
    }
    Way yes{*branch, true, blocks_behind(*branch, 0, loops)};
    Way no{*branch, false, blocks_behind(*branch, 1, loops)};
    const Blocks both = yes.blocks;
    yes.blocks.remove_if([&](const BasicBlock* one) { return no.blocks.contains(one); });
    no.blocks.remove_if([&](const BasicBlock* one) { return both.contains(one); });
    for (const auto& [id, calls] : operations) {
      for (const CallBase* a : within(calls, yes)) {
        for (const CallBase* b : within(calls, no)) {
          if (may_meet(yes, *a, no, *b)) {
            return std::string(row_of(id).name);
          }
        }
      }
    }
  }
  return {};
}

}  // namespace qiao::jit
