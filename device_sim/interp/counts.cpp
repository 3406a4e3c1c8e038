// Counting while interpreting: each instruction for itself, each access by the addresses its lanes used.
#include <bit>

#include "device_sim/interp/warp.h"

namespace qiao::interp {

using machine::AccessCounts;
using machine::kNoSlot;

// `lanes`: the active ones whose guard holds, of the instruction just before `next`.
void Warp::count(const Instruction& inst, uint32_t lanes) {
  const Frame& f = frame();
  const machine::CountedInstruction& row = program_.plan->of(f.code->index, f.next - 1);
  uint64_t* counts = block_.counts;
  counts[row.executed] += 1;
  if (block_.warp_counts != nullptr) ++block_.warp_counts[warp_];
  counts[row.executed + 1] += static_cast<uint64_t>(std::popcount(f.active));
  if (row.guarded != kNoSlot) counts[row.guarded] += static_cast<uint64_t>(std::popcount(lanes));
  if (row.diverged != kNoSlot) count_divergence(inst, lanes, row.diverged);
  touched_.row = row.access != kNoSlot && lanes != 0 ? &row : nullptr;
  touched_.lanes = touched_.stored_lanes = touched_.failed = 0;
}

// Lanes whose guard does not hold go on behind the branch: one more way.
void Warp::count_divergence(const Instruction& inst, uint32_t lanes, uint32_t slot) {
  bool diverges = lanes != 0 && lanes != frame().active;
  if (inst.form->kind == isa::Kind::BranchIndex && lanes != 0) {
    const Operand& index = *operand(inst, "a");
    const uint64_t first = read(index, 32, static_cast<uint32_t>(std::countr_zero(lanes))).bits();
    diverges |= !for_lanes(lanes, [&](uint32_t lane) { return read(index, 32, lane).bits() == first; });
  }
  block_.counts[slot] += diverges ? 1 : 0;
}

void Warp::touch(uint64_t address, uint32_t lane, bool is_store) {
  (is_store ? touched_.stored : touched_.addresses)[lane] = address;
  (is_store ? touched_.stored_lanes : touched_.lanes) |= 1u << lane;
}

void Warp::count_failed(uint32_t lane) {
  touched_.failed |= 1u << lane;
}

void Warp::count_touched() {
  const machine::CountedInstruction& row = *std::exchange(touched_.row, nullptr);
  const auto access_at = [&](uint32_t slot) { return reinterpret_cast<AccessCounts*>(block_.counts + slot); };
  machine::count_access(*access_at(row.access), row.kind, block_, touched_.addresses.data(), touched_.lanes);
  if (row.failed != kNoSlot) block_.counts[row.failed] += static_cast<uint64_t>(std::popcount(touched_.failed));
  if (row.stored == kNoSlot) return;
  machine::count_access(*access_at(row.stored), row.stored_kind, block_, touched_.stored.data(), touched_.stored_lanes);
}

}  // namespace qiao::interp
