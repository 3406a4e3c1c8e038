#include "device_sim/machine/access_counts.h"

#include <algorithm>
#include <array>
#include <bit>

#include "device_sim/machine/runtime_calls.h"

namespace qiao::machine {
namespace {

using isa::StateSpace;

constexpr uint32_t kMostWords = kWarpLanes * kSectorBytes / kBankBytes;
constexpr uint32_t kHashSlots = 512;  // a power of two, at least twice kMostWords

// Keys that occur are kept once, in no order; their number comes back. Neighbours mostly come in order: then no table.
uint32_t keep_distinct(uint64_t* keys, uint32_t count) {
  uint32_t kept = 0;
  if (std::is_sorted(keys, keys + count)) {
    for (uint32_t i = 0; i < count; ++i) {
      if (kept == 0 || keys[i] != keys[kept - 1]) keys[kept++] = keys[i];
    }
    return kept;
  }
  std::array<uint16_t, kHashSlots> places{};  // index in keys plus one
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t key = keys[i];
    uint32_t place = static_cast<uint32_t>(key * 0x9e3779b97f4a7c15u >> 55);
    while (places[place] != 0 && keys[places[place] - 1] != key) place = (place + 1) % kHashSlots;
    if (places[place] != 0) continue;
    keys[kept] = key;
    places[place] = static_cast<uint16_t>(++kept);
  }
  return kept;
}
static_assert(kHashSlots == 1u << (64 - 55) && kHashSlots >= 2 * kMostWords);

// Those of the lanes of the mask, in lane order.
uint32_t gather(const uint64_t* lanes, uint32_t mask, uint64_t* out) {
  uint32_t count = 0;
  for (; mask != 0; mask &= mask - 1) out[count++] = lanes[std::countr_zero(mask)];
  return count;
}

uint64_t divided_up(uint64_t value, uint64_t by) {
  return (value + by - 1) / by;
}

// Words of one place in the 32 frames of a warp lie side by side: 32 lanes that read their word 5 read one line.
void count_local(LocalCounts& counts, uint32_t bytes, const BlockContext& block, const uint64_t* addresses,
                 uint32_t mask) {
  constexpr uint32_t kLanesPerSector = kSectorBytes / kBankBytes;
  std::array<uint64_t, kMostWords> sectors{};
  uint32_t count = 0;
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const auto lane = static_cast<uint32_t>(std::countr_zero(left));
    const uint64_t offset = (addresses[lane] - block.local) % block.local_stride;
    for (uint64_t word = offset / kBankBytes; word <= (offset + bytes - 1) / kBankBytes; ++word) {
      sectors[count++] = word * (kWarpLanes / kLanesPerSector) + lane / kLanesPerSector;
    }
  }
  counts.requests += 1;
  counts.lanes += static_cast<uint64_t>(std::popcount(mask));
  counts.sectors += keep_distinct(sectors.data(), count);
}

void count_same_address(AccessCounts& counts, const uint64_t* addresses, uint32_t mask) {
  std::array<uint64_t, kWarpLanes> sorted{};
  const uint32_t count = gather(addresses, mask, sorted.data());
  std::sort(sorted.begin(), sorted.begin() + count);
  uint64_t most = 0, run = 0;
  for (uint32_t i = 0; i < count; ++i) {
    run = i != 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
    most = std::max(most, run);
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

void count_global(GlobalCounts& counts, uint32_t bytes, const uint64_t* addresses, uint32_t mask) {
  std::array<uint64_t, kWarpLanes> keys{};
  uint32_t count = gather(addresses, mask, keys.data());
  const uint64_t last = *std::max_element(keys.begin(), keys.begin() + count);
  const uint64_t first = *std::min_element(keys.begin(), keys.begin() + count);
  counts.requests += 1;
  counts.lanes += count;
  count = keep_distinct(keys.data(), count);  // aligned accesses of one size are the same or apart
  const uint64_t footprint = uint64_t{count} * bytes;
  for (uint32_t i = 0; i < count; ++i) keys[i] /= kSectorBytes;
  const uint32_t sectors = count = keep_distinct(keys.data(), count);
  for (uint32_t i = 0; i < count; ++i) keys[i] /= kLineBytes / kSectorBytes;
  const uint64_t ideal = divided_up(footprint, kSectorBytes);
  counts.sectors += sectors;
  counts.ideal_sectors += ideal;
  counts.lines += keep_distinct(keys.data(), count);
  counts.footprint_bytes += footprint;
  counts.misaligned += last - first + bytes == footprint && sectors > ideal ? 1 : 0;
}

void count_shared(SharedCounts& counts, uint32_t bytes, const uint64_t* offsets, uint32_t mask) {
  std::array<uint64_t, kMostWords> words{};
  uint32_t count = 0;
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const uint64_t offset = offsets[std::countr_zero(left)];
    for (uint64_t word = offset / kBankBytes; word <= (offset + bytes - 1) / kBankBytes; ++word) words[count++] = word;
  }
  count = keep_distinct(words.data(), count);
  std::array<uint32_t, kBanks> of_bank{};
  for (uint32_t i = 0; i < count; ++i) ++of_bank[words[i] % kBanks];
  counts.requests += 1;
  counts.lanes += static_cast<uint64_t>(std::popcount(mask));
  counts.wavefronts += *std::max_element(of_bank.begin(), of_bank.end());
  counts.ideal_wavefronts += divided_up(count, kBanks);
}

void count_access(AccessCounts& counts, AccessKind kind, const BlockContext& block, const uint64_t* addresses,
                  uint32_t mask) {
  uint32_t global = 0, shared = 0, local = 0;
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const StateSpace space = kind.space == StateSpace::None ? space_at(block, addresses[lane]) : kind.space;
    (space == StateSpace::Shared ? shared : space == StateSpace::Local ? local : global) |= 1u << lane;
  }
  if (global != 0) count_global(counts.global, kind.bytes, addresses, global);
  if (shared != 0) {
    std::array<uint64_t, kWarpLanes> offsets{};
    for (uint32_t lane = 0; lane < kWarpLanes; ++lane) offsets[lane] = addresses[lane] - block.shared;
    count_shared(counts.shared, kind.bytes, offsets.data(), shared);
  }
  if (local != 0) count_local(counts.local, kind.bytes, block, addresses, local);
  if (kind.atomic && mask != 0) count_same_address(counts, addresses, mask);
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

void qiao_rt_count_lanes(QiaoBlock* block, uint64_t* counts, uint32_t kind, const uint64_t* addresses, uint32_t mask) {
  count_access(*reinterpret_cast<AccessCounts*>(counts), AccessKind::decode(kind), *block, addresses, mask);
}

void qiao_rt_count_pattern(QiaoBlock* block, uint64_t* counts, uint32_t kind, uint64_t base, const int64_t* offsets,
                           uint32_t mask) {
  std::array<uint64_t, qiao::machine::kWarpLanes> addresses{};
  for (size_t lane = 0; lane < addresses.size(); ++lane) addresses[lane] = base + static_cast<uint64_t>(offsets[lane]);
  qiao_rt_count_lanes(block, counts, kind, addresses.data(), mask);
}

void qiao_rt_count_lane(QiaoBlock* block, uint64_t* counts, uint32_t kind, uint64_t address) {
  count_lane(*reinterpret_cast<AccessCounts*>(counts), AccessKind::decode(kind), *block, address);
}

}  // extern "C"
