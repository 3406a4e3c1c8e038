#include "device_sim/machine/access_counts.h"

#include <algorithm>
#include <array>
#include <bit>

#include "device_sim/machine/block_state.h"
#include "device_sim/machine/runtime_calls.h"

namespace qiao::machine {
namespace {

using isa::StateSpace;

uint64_t divided_up(uint64_t value, uint64_t by) {
  return (value + by - 1) / by;
}

uint32_t log2_of(uint32_t power_of_two) {
  return static_cast<uint32_t>(std::countr_zero(power_of_two));
}

uint64_t count_of(uint32_t bits) {
  return static_cast<uint64_t>(std::popcount(bits));
}

// Words of one place in the 32 frames of a warp lie side by side: 32 lanes that read their word 5 read one line. Lanes
// access the same of their own frame, as a rule.
void count_local(LocalCounts& counts, uint32_t bytes, const BlockContext& block, const uint64_t* addresses,
                 uint32_t mask) {
  std::array<uint64_t, kWarpLanes> interleaved{};
  const uint64_t first_frame = (addresses[std::countr_zero(mask)] - block.local) / block.local_stride -
                               static_cast<uint64_t>(std::countr_zero(mask));
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const auto lane = static_cast<uint32_t>(std::countr_zero(left));
    const uint64_t place = addresses[lane] - block.local;
    uint64_t offset = place - (first_frame + lane) * block.local_stride;
    if (offset >= block.local_stride) offset = place % block.local_stride;
    interleaved[lane] = offset / kBankBytes * kLineBytes + uint64_t{lane} * kBankBytes;
  }
  const Request first_words{interleaved.data(), mask, log2_of(kBankBytes), 0, 0, log2_of(kSectorBytes),
                            log2_of(kLineBytes)};
  counts.requests += 1;
  counts.lanes += count_of(mask);
  counts.sectors += uint64_t{distinct_units(first_words).narrow} * divided_up(bytes, kBankBytes);
}

// The most lanes of one address. What stands for lanes outside the mask are addresses of their own.
uint64_t most_on_one(uint32_t bytes, const uint64_t* addresses, uint32_t mask) {
  std::array<uint64_t, kWarpLanes> apart{};
  uint64_t last = 0;
  for (uint32_t left = mask; left != 0; left &= left - 1) last = std::max(last, addresses[std::countr_zero(left)]);
  for (uint32_t lane = 0; lane < kWarpLanes; ++lane) {
    apart[lane] = mask >> lane & 1 ? addresses[lane] : last += bytes;
  }
  const uint32_t unit = log2_of(bytes);
  return distinct_units({apart.data(), ~0u, unit, 0, 0, unit, unit, true}).on_unit;
}

StateSpace space_at(const BlockContext& block, uint64_t address) {
  if (address - block.shared < block.shared_bytes) return StateSpace::Shared;
  const uint64_t frames = block.local_stride * kWarpLanes * block.warp_count;
  return address - block.local < frames ? StateSpace::Local : StateSpace::Global;
}

}  // namespace

AccessCounts AccessCounts::added_up(StateSpace space) const {
  AccessCounts sums = *this;
  const auto add = [](auto& into, const uint64_t* words) {
    auto* sum = reinterpret_cast<uint64_t*>(&into);
    for (size_t i = 0; i < sizeof(into) / sizeof(uint64_t); ++i) sum[i] += words[i];
  };
  if (space == StateSpace::Shared) {
    add(sums.shared, in_line);
  } else {
    add(sums.global, in_line);
  }
  return sums;
}

Distinct count_global(GlobalCounts& counts, uint32_t bytes, const uint64_t* addresses, uint32_t mask,
                      bool wants_on_unit) {
  const Distinct distinct = distinct_units(
      {addresses, mask, log2_of(bytes), 0, 0, log2_of(kSectorBytes), log2_of(kLineBytes), wants_on_unit});
  const uint64_t units = distinct.units, sectors = distinct.narrow;
  const uint64_t footprint = units * bytes;
  const uint64_t ideal = divided_up(footprint, kSectorBytes);
  counts.requests += 1;
  counts.lanes += count_of(mask);
  counts.sectors += sectors;
  counts.ideal_sectors += ideal;
  counts.lines += distinct.wide;
  counts.footprint_bytes += footprint;
  counts.misaligned += distinct.span + 1 == units && sectors > ideal ? 1 : 0;
  return distinct;
}

// Accesses of more than a bank's width are taken for accesses to fewer, wider banks.
Distinct count_shared(SharedCounts& counts, uint32_t bytes, const uint64_t* addresses, uint32_t mask, uint64_t window,
                      bool wants_on_unit) {
  const uint32_t unit = std::max(bytes, kBankBytes);
  const uint32_t bank_bits = log2_of(kBanks * kBankBytes / unit);
  const Distinct distinct = distinct_units({addresses, mask, log2_of(unit), window, bank_bits, 0, 0, wants_on_unit});
  const uint64_t units = distinct.units;
  counts.requests += 1;
  counts.lanes += count_of(mask);
  counts.wavefronts += distinct.in_bank;
  counts.ideal_wavefronts += divided_up(units * unit, kBanks * kBankBytes);
  return distinct;
}

void count_access(AccessCounts& counts, AccessKind kind, const BlockContext& block, const uint64_t* addresses,
                  uint32_t mask) {
  uint32_t global = 0, shared = 0, local = 0;
  if (kind.space != StateSpace::None) {
    (kind.space == StateSpace::Shared ? shared : kind.space == StateSpace::Local ? local : global) = mask;
  }
  for (uint32_t left = kind.space == StateSpace::None ? mask : 0; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const StateSpace space = space_at(block, addresses[lane]);
    (space == StateSpace::Shared ? shared : space == StateSpace::Local ? local : global) |= 1u << lane;
  }
  const bool alike = kind.atomic && (global == ~0u || shared == ~0u) && kind.bytes >= kBankBytes;
  Distinct distinct{};
  if (global != 0) distinct = count_global(counts.global, kind.bytes, addresses, global, alike);
  if (shared != 0) distinct = count_shared(counts.shared, kind.bytes, addresses, shared, block.shared, alike);
  if (local != 0) count_local(counts.local, kind.bytes, block, addresses, local);
  if (!kind.atomic || mask == 0) return;
  const uint64_t most = alike ? distinct.on_unit : most_on_one(kind.bytes, addresses, mask);
  counts.same_address += most;
  counts.most_same_address = std::max(counts.most_same_address, most);
}

void count_lane(AccessCounts& counts, AccessKind kind, const BlockContext& block, uint64_t address) {
  const StateSpace space = kind.space == StateSpace::None ? space_at(block, address) : kind.space;
  ++(space == StateSpace::Shared  ? counts.shared.lanes
     : space == StateSpace::Local ? counts.local.lanes
                                  : counts.global.lanes);
}

}  // namespace qiao::machine

extern "C" {

using qiao::machine::AccessCounts;
using qiao::machine::AccessKind;
using qiao::machine::BlockState;

void qiao_rt_count_lanes(QiaoBlock* block, uint64_t* counts, uint32_t kind, const uint64_t* addresses, uint32_t mask) {
  count_access(*reinterpret_cast<AccessCounts*>(counts), AccessKind::decode(kind), *block, addresses, mask);
}

void qiao_rt_count_warps(QiaoBlock* block) {
  BlockState::of(*block).count_warps();
}

void qiao_rt_count_lane(QiaoBlock* block, uint64_t* counts, uint32_t kind, uint64_t address) {
  count_lane(*reinterpret_cast<AccessCounts*>(counts), AccessKind::decode(kind), *block, address);
}

}  // extern "C"
