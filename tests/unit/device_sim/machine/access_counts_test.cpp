// Known answers for one warp's access: worked out by hand from sectors of 32, lines of 128 bytes and 32 banks of 4.
#include "device_sim/machine/access_counts.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "tests/unit/catch.h"

using namespace qiao::machine;

namespace {

using Addresses = std::array<uint64_t, kWarpLanes>;
constexpr uint64_t kBase = 0x7f0000000000;
constexpr uint32_t kAll = ~0u;

Addresses lanes(const std::function<uint64_t(uint64_t)>& offset, uint64_t base = kBase) {
  Addresses addresses{};
  for (uint64_t lane = 0; lane < kWarpLanes; ++lane) addresses[lane] = base + offset(lane);
  return addresses;
}

Addresses strided(uint64_t stride, uint64_t start = 0, uint64_t base = kBase) {
  return lanes([=](uint64_t lane) { return start + lane * stride; }, base);
}

struct Global {
  uint64_t sectors, ideal, lines, footprint, misaligned;
  bool operator==(const Global&) const = default;
};

Global global(uint32_t bytes, const Addresses& addresses, uint32_t mask = kAll) {
  GlobalCounts counts;
  count_global(counts, bytes, addresses.data(), mask);
  CHECK(counts.requests == 1);
  CHECK(counts.lanes == static_cast<uint64_t>(__builtin_popcount(mask)));
  return {counts.sectors, counts.ideal_sectors, counts.lines, counts.footprint_bytes, counts.misaligned};
}

struct Shared {
  uint64_t wavefronts, ideal;
  bool operator==(const Shared&) const = default;
};

Shared shared(uint32_t bytes, const Addresses& offsets, uint32_t mask = kAll) {
  SharedCounts counts;
  count_shared(counts, bytes, offsets.data(), mask, 0);
  return {counts.wavefronts, counts.ideal_wavefronts};
}

BlockContext block_of(uint64_t shared_at, uint64_t local_at) {
  BlockContext block{};
  block.warp_count = 1;
  block.shared = shared_at;
  block.shared_bytes = 4096;
  block.local = local_at;
  block.local_stride = 64;
  return block;
}

}  // namespace

TEST_CASE("sectors and lines of global memory") {
  CHECK(global(4, strided(4)) == Global{4, 4, 1, 128, 0});
  CHECK(global(4, strided(4, 4)) == Global{5, 4, 2, 128, 1});
  CHECK(global(4, strided(4, 32)) == Global{4, 4, 2, 128, 0});
  CHECK(global(4, strided(8)) == Global{8, 4, 2, 128, 0});
  CHECK(global(4, strided(32)) == Global{32, 4, 8, 128, 0});
  CHECK(global(4, strided(128)) == Global{32, 4, 32, 128, 0});
  CHECK(global(8, strided(8)) == Global{8, 8, 2, 256, 0});
  CHECK(global(16, strided(16)) == Global{16, 16, 4, 512, 0});
  CHECK(global(16, strided(16, 16)) == Global{17, 16, 5, 512, 1});
  CHECK(global(1, strided(1)) == Global{1, 1, 1, 32, 0});
  CHECK(global(2, strided(2)) == Global{2, 2, 1, 64, 0});
  CHECK(global(4, strided(0)) == Global{1, 1, 1, 4, 0});
  CHECK(global(4, strided(12)) == Global{12, 4, 3, 128, 0});
}

TEST_CASE("some lanes of a warp") {
  CHECK(global(4, strided(4), 0xff) == Global{1, 1, 1, 32, 0});
  CHECK(global(4, strided(128), 1u << 17) == Global{1, 1, 1, 4, 0});
  CHECK(global(4, strided(4), 0x80000001) == Global{2, 1, 1, 8, 0});
  CHECK(global(4, strided(4, 28), 0x3) == Global{2, 1, 1, 8, 1});
}

TEST_CASE("the order of lanes does not matter") {
  CHECK(global(4, lanes([](uint64_t lane) { return 4 * (31 - lane); })) == Global{4, 4, 1, 128, 0});
  CHECK(global(4, lanes([](uint64_t lane) { return 4 * (lane * 7 % 32); })) == Global{4, 4, 1, 128, 0});
  CHECK(global(4, lanes([](uint64_t lane) { return 128 * (lane * 5 % 16); })) == Global{16, 2, 16, 64, 0});
}

TEST_CASE("wavefronts of shared memory") {
  CHECK(shared(4, strided(4, 0, 0)) == Shared{1, 1});
  CHECK(shared(4, strided(8, 0, 0)) == Shared{2, 1});
  CHECK(shared(4, strided(128, 0, 0)) == Shared{32, 1});
  CHECK(shared(4, strided(132, 0, 0)) == Shared{1, 1});
  CHECK(shared(4, strided(12, 0, 0)) == Shared{1, 1});
  CHECK(shared(4, strided(0, 0, 0)) == Shared{1, 1});
  CHECK(shared(4, lanes([](uint64_t lane) { return 4 * (lane % 2); }, 0)) == Shared{1, 1});
  CHECK(shared(8, strided(8, 0, 0)) == Shared{2, 2});
  CHECK(shared(8, strided(16, 0, 0)) == Shared{4, 2});
  CHECK(shared(16, strided(16, 0, 0)) == Shared{4, 4});
  CHECK(shared(1, strided(1, 0, 0)) == Shared{1, 1});
  CHECK(shared(16, lanes([](uint64_t lane) { return 16 * (lane / 2); }, 0)) == Shared{2, 2});
  CHECK(shared(4, strided(128, 0, 0), 0xf) == Shared{4, 1});
}

TEST_CASE("a generic access counts where its lanes lie") {
  const BlockContext block = block_of(0x10000, 0x20000);
  Addresses addresses = strided(4);
  for (uint64_t lane = 0; lane < 8; ++lane) addresses[lane] = block.shared + 128 * lane;
  for (uint64_t lane = 8; lane < 12; ++lane) addresses[lane] = block.local + 64 * lane + 8;
  AccessCounts counts;
  count_access(counts, {4, qiao::isa::StateSpace::None, false}, block, addresses.data(), kAll);
  CHECK(counts.shared.requests == 1);
  CHECK(counts.shared.wavefronts == 8);
  CHECK(counts.local.requests == 1);
  CHECK(counts.local.sectors == 1);  // words 2 of lanes 8 to 11 lie side by side
  CHECK(counts.global.requests == 1);
  CHECK(counts.global.lanes == 20);
  CHECK(counts.global.sectors == 3);
}

TEST_CASE("local memory lies interleaved: the same place of 32 lanes is one line") {
  const BlockContext block = block_of(0x10000, 0x20000);
  const auto sectors = [&](uint32_t bytes, uint32_t mask) {
    AccessCounts counts;
    count_access(counts, {static_cast<uint8_t>(bytes), qiao::isa::StateSpace::Local, false}, block,
                 strided(64, 16, block.local).data(), mask);
    return counts.local.sectors;
  };
  CHECK(sectors(4, kAll) == 4);
  CHECK(sectors(8, kAll) == 8);
  CHECK(sectors(1, kAll) == 4);
  CHECK(sectors(4, 0x101) == 2);
}

TEST_CASE("atomics: the most lanes on one address") {
  const BlockContext block = block_of(0x10000, 0x20000);
  AccessCounts counts;
  const AccessKind kind{4, qiao::isa::StateSpace::Global, true};
  count_access(counts, kind, block, strided(0).data(), kAll);
  count_access(counts, kind, block, strided(4).data(), kAll);
  count_access(counts, kind, block, lanes([](uint64_t lane) { return 4 * (lane % 4); }).data(), 0xffff);
  count_access(counts, kind, block, strided(0).data(), 0);
  CHECK(counts.same_address == 32 + 1 + 4);
  CHECK(counts.most_same_address == 32);
  CHECK(counts.global.requests == 3);
}

TEST_CASE("a kind goes through compiled code and back") {
  const AccessKind kind{16, qiao::isa::StateSpace::Shared, true};
  const AccessKind back = AccessKind::decode(kind.encode());
  CHECK(back.bytes == 16);
  CHECK(back.space == qiao::isa::StateSpace::Shared);
  CHECK(back.atomic);
}

TEST_CASE("vectors and scalars find the same") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20000; ++round) {
    const auto log2unit = static_cast<uint32_t>(random() % 6);
    const uint64_t spread = uint64_t{1} << random() % (round % 100 == 0 ? 40 : 14);
    Addresses addresses{};
    for (uint64_t& address : addresses) address = kBase + (random() % spread << log2unit);
    if (round % 3 == 0) std::sort(addresses.begin(), addresses.end());
    const uint32_t mask = round % 2 == 0 ? kAll : static_cast<uint32_t>(random()) | 1u << random() % 32;
    const bool banks = round % 5 == 0 && log2unit >= 2;
    const Request request =
        banks ? Request{addresses.data(), mask, log2unit, kBase - 128, 7 - log2unit, 0, 0, mask == kAll}
              : Request{addresses.data(), mask, log2unit, 0, 0, 5, 7, mask == kAll};
    const Distinct one = distinct_units(request), other = distinct_units_by_scalars(request);
    REQUIRE(one.units == other.units);
    REQUIRE(one.narrow == other.narrow);
    REQUIRE(one.wide == other.wide);
    REQUIRE(one.in_bank == other.in_bank);
    REQUIRE(one.on_unit == other.on_unit);
    if (!banks) REQUIRE(one.span == other.span);
  }
}

// What each request counts, by the definitions: sets of everything that is touched.
TEST_CASE("counts are those of the definitions") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 5000; ++round) {
    const auto bytes = uint32_t{1} << random() % 5;
    const uint64_t spread = uint64_t{1} << random() % 10;
    Addresses addresses{};
    for (uint64_t& address : addresses) address = kBase + random() % spread * bytes;
    const uint32_t mask = round % 2 == 0 ? kAll : static_cast<uint32_t>(random()) | 1u << random() % 32;
    std::set<uint64_t> units, sectors, lines, words;
    std::map<uint64_t, uint64_t> of_address;
    for (uint32_t lane = 0; lane < kWarpLanes; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      units.insert(addresses[lane]);
      sectors.insert(addresses[lane] / kSectorBytes);
      lines.insert(addresses[lane] / kLineBytes);
      for (uint64_t at = addresses[lane]; at < addresses[lane] + bytes; ++at) words.insert(at / kBankBytes);
      ++of_address[addresses[lane]];
    }
    std::map<uint64_t, uint64_t> of_bank;
    for (const uint64_t word : words) ++of_bank[word % kBanks];
    const auto most = [](const auto& amounts) {
      return std::max_element(amounts.begin(), amounts.end(), [](auto& a, auto& b) { return a.second < b.second; })
          ->second;
    };
    const uint64_t footprint = units.size() * bytes, ideal = (footprint + kSectorBytes - 1) / kSectorBytes;
    const bool one_run = *units.rbegin() - *units.begin() + bytes == footprint;
    REQUIRE(global(bytes, addresses, mask) ==
            Global{sectors.size(), ideal, lines.size(), footprint, one_run && sectors.size() > ideal ? 1u : 0u});
    REQUIRE(shared(bytes, addresses, mask) == Shared{most(of_bank), (words.size() + kBanks - 1) / kBanks});
    AccessCounts counts;
    count_access(counts, {static_cast<uint8_t>(bytes), qiao::isa::StateSpace::Global, true}, block_of(0, 0),
                 addresses.data(), mask);
    REQUIRE(counts.same_address == most(of_address));
  }
}
