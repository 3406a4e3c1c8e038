#include "device_sim/machine/counting_plan.h"

#include <algorithm>

#include "src/ptx/cfg.h"
#include "src/ptx/sources.h"

namespace qiao::machine {
namespace {

using isa::Kind;
using isa::StateSpace;
using perf::CountLevel;

bool is_counted_space(StateSpace space) {
  return space == StateSpace::Global || space == StateSpace::Shared || space == StateSpace::Local ||
         space == StateSpace::None;
}

bool takes_branches(const ptx::Instruction& inst) {
  return inst.form->kind == Kind::BranchIndex || (inst.form->kind == Kind::Branch && inst.guard != ptx::kNoId);
}

}  // namespace

uint32_t CountingPlan::take(uint32_t slots, uint32_t alignment) {
  slots_ = (slots_ + alignment - 1) / alignment * alignment + slots;
  return slots_ - slots;
}

void CountingPlan::add_access(CountedInstruction& row) {
  const ptx::Instruction& inst = *row.instruction;
  const Kind kind = inst.form->kind;
  const bool atomic = kind == Kind::Atomic || kind == Kind::Reduction;
  const StateSpace space = isa::space_of(inst.modifiers);
  if (kind == Kind::Load || kind == Kind::Store || atomic) {
    if (!is_counted_space(space)) return;
    const unsigned bytes = isa::bytes_of(inst.types[0]) * isa::vector_width_of(inst.modifiers);
    row.kind = {static_cast<uint8_t>(bytes), space, atomic};
    row.access = take(kAccessSlots, 8);
    if (inst.modifiers.has(isa::Mod::Cas)) row.failed = take(1);
  } else if (kind == Kind::AsyncCopy && ptx::find_operand(inst, "d") != nullptr) {
    const auto bytes = static_cast<uint8_t>(ptx::find_operand(inst, "size")->bits);
    row.kind = {bytes, StateSpace::Global, false};
    row.stored_kind = {bytes, StateSpace::Shared, false};
    row.access = take(kAccessSlots, 8);
    row.stored = take(kAccessSlots, 8);
  }
}

CountingPlan::CountingPlan(const KernelImage& kernel, CountLevel level, Grain grain) : module_(kernel.module) {
  std::vector<uint32_t> functions;
  for (const auto& [index, layout] : kernel.layout.functions) {
    if (!kernel.module->functions[index].is_declaration) functions.push_back(index);
  }
  std::sort(functions.begin(), functions.end());
  first_row_.resize(kernel.module->functions.size());
  for (uint32_t index : functions) {
    const ptx::Function& function = kernel.module->functions[index];
    first_row_[index] = static_cast<uint32_t>(rows_.size());
    for (const ptx::Instruction& inst : function.body) {
      CountedInstruction& row = rows_.emplace_back();
      row.function = index;
      row.instruction = &inst;
    }
    for (const ptx::Block& block : ptx::build_cfg(function).blocks) {
      bool fresh = true;
      CountedInstruction* first = nullptr;
      for (uint32_t i = block.first; i < block.last; ++i) {
        CountedInstruction& row = rows_[first_row_[index] + i];
        const ptx::Instruction& inst = function.body[i];
        if (fresh || grain == Grain::Each) first = &row;
        row.executed = first == &row ? take(2) : first->executed;
        ++first->stretch;
        fresh = inst.form->kind == Kind::Call;
        if (inst.guard != ptx::kNoId) row.guarded = take(1);
        if (takes_branches(inst)) row.diverged = take(1);
        if (level == CountLevel::Memory) add_access(row);
      }
    }
  }
  if (level == CountLevel::Memory) warps_ = take(sizeof(WarpCounts) / sizeof(uint64_t));
  if (slots_ == 0) take(2);
}

void CountingPlan::merge(std::span<uint64_t> into, std::span<const uint64_t> from) const {
  // The sum below is to give the larger of the two.
  const auto keep_larger = [&](size_t slot) { into[slot] = std::max(into[slot], from[slot]) - from[slot]; };
  for (const CountedInstruction& row : rows_) {
    if (row.access != kNoSlot) keep_larger(row.access + offsetof(AccessCounts, most_same_address) / sizeof(uint64_t));
  }
  if (warps_ != kNoSlot) {
    keep_larger(warps_ + offsetof(WarpCounts, most) / sizeof(uint64_t));
    keep_larger(warps_ + offsetof(WarpCounts, fewest_short) / sizeof(uint64_t));
  }
  for (size_t i = 0; i < slots_; ++i) into[i] += from[i];
}

}  // namespace qiao::machine
