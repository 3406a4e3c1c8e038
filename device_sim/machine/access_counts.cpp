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

// Words of one place in the 32 frames of a warp lie side by side: 32 lanes that read their word 5 read one line.
void count_local(LocalCounts& counts, uint32_t bytes, const BlockContext& block, const uint64_t* addresses,
                 uint32_t mask, AccessScratch& scratch) {
  constexpr uint32_t kLanesPerSector = kSectorBytes / kBankBytes;
  scratch.begin_request();
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const auto lane = static_cast<uint32_t>(std::countr_zero(left));
    const uint64_t offset = (addresses[lane] - block.local) % block.local_stride;
    for (uint64_t word = offset / kBankBytes; word <= (offset + bytes - 1) / kBankBytes; ++word) {
      scratch.at(word * (kWarpLanes / kLanesPerSector) + lane / kLanesPerSector);
    }
  }
  counts.requests += 1;
  counts.lanes += static_cast<uint64_t>(std::popcount(mask));
  counts.sectors += scratch.distinct().size();
}

void count_same_address(AccessCounts& counts, const uint64_t* addresses, uint32_t mask, AccessScratch& scratch) {
  scratch.begin_request();
  uint64_t most = 0;
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    most = std::max(most, ++scratch.at(addresses[std::countr_zero(left)]).low);
  }
  counts.same_address += most;
  counts.most_same_address = std::max(counts.most_same_address, most);
}

StateSpace space_at(const BlockContext& block, uint64_t address) {
  if (address - block.shared < block.shared_bytes) return StateSpace::Shared;
  const uint64_t frames = block.local_stride * kWarpLanes * block.warp_count;
  return address - block.local < frames ? StateSpace::Local : StateSpace::Global;
}

}  // namespace

void AccessScratch::begin_request() {
  ++request_;
  count_ = 0;
}

AccessScratch::Slot& AccessScratch::at(uint64_t key) {
  constexpr int kShift = 64 - std::countr_zero(kSlots);
  for (uint64_t place = key * 0x9e3779b97f4a7c15u >> kShift;; place = (place + 1) % kSlots) {
    Slot& slot = slots_[place];
    if (slot.request != request_) {
      slot = {key, request_, 0, 0};
      distinct_[count_++] = &slot;
      return slot;
    }
    if (slot.key == key) return slot;
  }
}

AccessScratch::Known& AccessScratch::known(const void* counts, uint32_t start, uint32_t mask) {
  const uint64_t place = reinterpret_cast<uint64_t>(counts) / sizeof(uint64_t) * 7 + start / kBankBytes + mask;
  return known_[place % kKnown];
}

// For each line the bytes that are touched, an access's first standing for all of its own.
void count_global(GlobalCounts& counts, uint32_t bytes, const uint64_t* addresses, uint32_t mask,
                  AccessScratch& scratch) {
  scratch.begin_request();
  uint64_t first = ~uint64_t{0}, last = 0, line = ~uint64_t{0};
  AccessScratch::Slot* slot = nullptr;
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const uint64_t address = addresses[std::countr_zero(left)];
    first = std::min(first, address);
    last = std::max(last, address);
    if (address / kLineBytes != line) slot = &scratch.at(line = address / kLineBytes);
    const uint64_t byte = address % kLineBytes;
    (byte < 64 ? slot->low : slot->high) |= uint64_t{1} << byte % 64;
  }
  uint64_t sectors = 0, accesses = 0;
  for (const AccessScratch::Slot* each : scratch.distinct()) {
    for (const uint64_t half : {each->low, each->high}) {
      sectors += (static_cast<uint32_t>(half) != 0 ? 1 : 0) + (half >> 32 != 0 ? 1 : 0);
      accesses += static_cast<uint64_t>(std::popcount(half));
    }
  }
  const uint64_t footprint = accesses * bytes;
  const uint64_t ideal = divided_up(footprint, kSectorBytes);
  counts.requests += 1;
  counts.lanes += static_cast<uint64_t>(std::popcount(mask));
  counts.sectors += sectors;
  counts.ideal_sectors += ideal;
  counts.lines += scratch.distinct().size();
  counts.footprint_bytes += footprint;
  counts.misaligned += last - first + bytes == footprint && sectors > ideal ? 1 : 0;
}

// For each row of the banks the words that are touched.
void count_shared(SharedCounts& counts, uint32_t bytes, const uint64_t* offsets, uint32_t mask,
                  AccessScratch& scratch) {
  scratch.begin_request();
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const uint64_t offset = offsets[std::countr_zero(left)];
    const uint64_t words = (uint64_t{1} << divided_up(bytes, kBankBytes)) - 1;
    scratch.at(offset / (kBanks * kBankBytes)).low |= words << offset / kBankBytes % kBanks;
  }
  std::array<uint8_t, kBanks> of_bank{};
  uint64_t words = 0, wavefronts = 1;
  for (const AccessScratch::Slot* row : scratch.distinct()) {
    words += static_cast<uint64_t>(std::popcount(row->low));
    if (scratch.distinct().size() == 1) break;
    for (uint64_t left = row->low; left != 0; left &= left - 1) {
      wavefronts = std::max<uint64_t>(wavefronts, ++of_bank[static_cast<size_t>(std::countr_zero(left))]);
    }
  }
  counts.requests += 1;
  counts.lanes += static_cast<uint64_t>(std::popcount(mask));
  counts.wavefronts += wavefronts;
  counts.ideal_wavefronts += divided_up(words, kBanks);
}

void count_access(AccessCounts& counts, AccessKind kind, const BlockContext& block, const uint64_t* addresses,
                  uint32_t mask, AccessScratch& scratch) {
  uint32_t global = 0, shared = 0, local = 0;
  if (kind.space != StateSpace::None) {
    (kind.space == StateSpace::Shared ? shared : kind.space == StateSpace::Local ? local : global) = mask;
  }
  for (uint32_t left = kind.space == StateSpace::None ? mask : 0; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const StateSpace space = space_at(block, addresses[lane]);
    (space == StateSpace::Shared ? shared : space == StateSpace::Local ? local : global) |= 1u << lane;
  }
  if (global != 0) count_global(counts.global, kind.bytes, addresses, global, scratch);
  if (shared != 0) {
    std::array<uint64_t, kWarpLanes> offsets{};
    for (uint32_t lane = 0; lane < kWarpLanes; ++lane) offsets[lane] = addresses[lane] - block.shared;
    count_shared(counts.shared, kind.bytes, offsets.data(), shared, scratch);
  }
  if (local != 0) count_local(counts.local, kind.bytes, block, addresses, local, scratch);
  if (kind.atomic && mask != 0) count_same_address(counts, addresses, mask, scratch);
}

void count_lane(AccessCounts& counts, AccessKind kind, const BlockContext& block, uint64_t address) {
  const StateSpace space = kind.space == StateSpace::None ? space_at(block, address) : kind.space;
  ++(space == StateSpace::Shared  ? counts.shared.lanes
     : space == StateSpace::Local ? counts.local.lanes
                                  : counts.global.lanes);
}

}  // namespace qiao::machine

extern "C" {

using qiao::isa::StateSpace;
using qiao::machine::AccessCounts;
using qiao::machine::AccessKind;
using qiao::machine::BlockState;

void qiao_rt_count_lanes(QiaoBlock* block, uint64_t* counts, uint32_t kind, const uint64_t* addresses, uint32_t mask) {
  count_access(*reinterpret_cast<AccessCounts*>(counts), AccessKind::decode(kind), *block, addresses, mask,
               BlockState::of(*block).scratch());
}

void qiao_rt_count_runs(QiaoBlock* block, uint64_t* counts, uint32_t word, const int64_t* table, uint64_t run0,
                        uint64_t run1, uint64_t run2, uint64_t run3, uint32_t mask) {
  if (mask == 0) return;
  qiao::machine::AccessScratch& scratch = BlockState::of(*block).scratch();
  const AccessKind kind = AccessKind::decode(word);
  const bool is_shared = kind.space == StateSpace::Shared;
  uint64_t* sums = counts + (is_shared ? offsetof(AccessCounts, shared) / sizeof(uint64_t) : 0);
  const size_t summed = is_shared ? sizeof(qiao::machine::SharedCounts) / sizeof(uint64_t) : 8;
  const auto start = static_cast<uint32_t>(run0 % qiao::machine::kLineBytes);
  qiao::machine::AccessScratch::Known& known = scratch.known(counts, start, mask);
  const uint64_t distances[3] = {run1 - run0, run2 - run0, run3 - run0};
  const bool again = known.launch == scratch.launch() && known.counts == counts && known.mask == mask &&
                     known.start == start && std::equal(distances, distances + 3, known.distances);
  if (!again) {
    std::array<uint64_t, qiao::machine::kWarpLanes> addresses{};
    qiao_rt_lane_values(addresses.data(), table, run0, run1, run2, run3);
    AccessCounts fresh;
    count_access(fresh, kind, *block, addresses.data(), mask, scratch);
    known = {scratch.launch(), counts, {distances[0], distances[1], distances[2]}, mask, start, {}};
    const auto* words = reinterpret_cast<const uint64_t*>(&fresh) + (sums - counts);
    std::copy_n(words, summed, known.amounts);
  }
  for (size_t i = 0; i < summed; ++i) sums[i] += known.amounts[i];
}

void qiao_rt_count_lane(QiaoBlock* block, uint64_t* counts, uint32_t kind, uint64_t address) {
  count_lane(*reinterpret_cast<AccessCounts*>(counts), AccessKind::decode(kind), *block, address);
}

}  // extern "C"
