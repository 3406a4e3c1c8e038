// Finds divergent branches that part lanes at barriers (see the header). Lanes which were together until a divergent
// branch are fine if they are together again at some block before any of them has met a barrier, or if those of one way
// never come to a barrier again and do nothing on their way out of the kernel that others could see: a barrier waits
// for them to exit, and warp code may run their way out after it.
#include "device_sim/jit/vectorize/barrier_flow.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include "device_sim/jit/intrinsics.h"

namespace qiao::jit {
namespace {

using namespace llvm;

using Blocks = SmallPtrSet<const BasicBlock*, 32>;

class BarrierFlow {
 public:
  BarrierFlow(const Function& lane, const LoopInfo& loops) : loops_(loops) {
    SmallVector<const BasicBlock*, 16> work;
    for (const BasicBlock& block : lane) {
      if (any_of(block, is_block_barrier)) {
        meets_.insert(&block);
        work.push_back(&block);
      }
    }
    while (!work.empty()) {
      const BasicBlock* block = work.pop_back_val();
      if (before_.insert(block).second) {
        work.append(pred_begin(block), pred_end(block));
      }
    }
  }

  bool parts(const BranchInst& branch) const {
    const BasicBlock* yes = branch.getSuccessor(0);
    const BasicBlock* no = branch.getSuccessor(1);
    if (!before_.contains(yes) || !before_.contains(no)) {
      const bool both = !before_.contains(yes) && !before_.contains(no);
      return !both && acts(before_.contains(yes) ? no : yes);
    }
    return none_of(shortest_way(yes), [&](const BasicBlock* join) { return joins(branch, *join); });
  }

 private:
  // Whether anything that others could see happens from `start` on.
  static bool acts(const BasicBlock* start) {
    Blocks seen;
    SmallVector<const BasicBlock*, 16> work{start};
    while (!work.empty()) {
      const BasicBlock* block = work.pop_back_val();
      if (!seen.insert(block).second) {
        continue;
      }
      if (any_of(*block, is_visible)) {
        return true;
      }
      work.append(succ_begin(block), succ_end(block));
    }
    return false;
  }

  // From `start` to the nearest barrier: where the lanes meet again is on every way there, so on this one.
  SmallVector<const BasicBlock*, 16> shortest_way(const BasicBlock* start) const {
    DenseMap<const BasicBlock*, const BasicBlock*> from{{start, nullptr}};
    SmallVector<const BasicBlock*, 16> queue{start};
    SmallVector<const BasicBlock*, 16> way;
    for (size_t index = 0; index < queue.size(); ++index) {
      if (meets_.contains(queue[index])) {
        for (const BasicBlock* block = queue[index]; block; block = from[block]) {
          way.push_back(block);
        }
        std::reverse(way.begin(), way.end());
        return way;
      }
      for (const BasicBlock* next : successors(queue[index])) {
        if (before_.contains(next) && from.try_emplace(next, queue[index]).second) {
          queue.push_back(next);
        }
      }
    }
    return way;
  }

  // No lane meets a barrier between the branch and `join`, and those who come to `join` come in the same pass of the
  // loops around it: warp code runs a block once in each pass.
  bool joins(const BranchInst& branch, const BasicBlock& join) const {
    const Loop* region = loops_.getLoopFor(&join);
    if (region && region->getHeader() == &join && !region->contains(branch.getParent())) {
      region = region->getParentLoop();
    }
    if (region && !region->contains(branch.getParent())) {
      return false;
    }
    Blocks between;
    SmallVector<const BasicBlock*, 16> astray;  // in another pass, or out of the loop
    SmallVector<const BasicBlock*, 16> work(succ_begin(branch.getParent()), succ_end(branch.getParent()));
    while (!work.empty()) {
      const BasicBlock* block = work.pop_back_val();
      if (block == &join || !between.insert(block).second) {
        continue;
      }
      if (meets_.contains(block)) {
        return false;
      }
      if (region && (!region->contains(block) || region->getHeader() == block)) {
        astray.push_back(block);
      }
      work.append(succ_begin(block), succ_end(block));
    }
    return !reaches(std::move(astray), join);
  }

  static bool reaches(SmallVector<const BasicBlock*, 16> work, const BasicBlock& target) {
    Blocks seen;
    while (!work.empty()) {
      const BasicBlock* block = work.pop_back_val();
      if (block == &target) {
        return true;
      }
      if (seen.insert(block).second) {
        work.append(succ_begin(block), succ_end(block));
      }
    }
    return false;
  }

  const LoopInfo& loops_;
  Blocks meets_;   // a barrier is in the block
  Blocks before_;  // one can be reached from it
};

}  // namespace

bool is_block_barrier(const Instruction& instruction) {
  auto id = intrinsic_of(instruction);
  return id && row_of(*id).kind == IntrinsicKind::Barrier && *id != Intrinsic::WarpSync;
}

bool is_visible(const Instruction& instruction) {
  if (is_lane_call(instruction)) {
    static const StringSet<> kUnseen{"qiao_lane_assertfail", "qiao_lane_trap",  // the launch ends either way
                                     "qiao_lane_clock64",    "qiao_lane_globaltimer", "qiao_lane_nanosleep",
                                     "qiao_lane_envreg",     "qiao_lane_smid",        "qiao_lane_nsmid",
                                     "qiao_lane_gridid",     "qiao_lane_tex",         "qiao_lane_tex_more",
                                     "qiao_lane_suld",       "qiao_lane_image_query"};
    return !kUnseen.contains(cast<CallBase>(instruction).getCalledFunction()->getName());
  }
  return isa<StoreInst, AtomicRMWInst, AtomicCmpXchgInst, AnyMemIntrinsic>(instruction);
}

bool parts_lanes_at_barrier(Function& lane, const LoopInfo& loops, const ShapeAnalysis& shapes) {
  const BarrierFlow flow(lane, loops);
  return any_of(lane, [&](const BasicBlock& block) {
    const auto* branch = dyn_cast<BranchInst>(block.getTerminator());
    return branch && branch->isConditional() && !shapes.is_uniform(*branch->getCondition()) && flow.parts(*branch);
  });
}

}  // namespace qiao::jit
