// What an access of a whole warp counts as, where its lanes lie in two runs whose distance is known only when the
// kernel runs: tables, made once and kept, so that compiled code fetches one outside its loops.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "device_sim/machine/access_counts.h"
#include "device_sim/machine/runtime_calls.h"

namespace qiao::machine {
namespace {

constexpr size_t kTableWords = 1 + kWarpLanes;  // of qiao_rt_lane_values' table

struct Key {
  uint64_t kind = 0;
  int64_t distance = 0;
  std::array<int64_t, kTableWords> table{};
  auto operator<=>(const Key&) const = default;
};

// Runs that lie farther apart than any line could reach count by their places in their lines alone: with that, the
// number of tables is bounded.
int64_t nearest_alike(int64_t distance, const int64_t* differences) {
  const auto [low, high] = std::minmax_element(differences, differences + kWarpLanes);
  const int64_t line = kLineBytes;
  const int64_t reach = (*high - *low + 3 * line) / line * line;
  if (std::abs(distance) <= reach) return distance;
  const int64_t in_line = distance & (line - 1);
  return distance > 0 ? reach + in_line : in_line - reach - line;
}

std::vector<AccessRow> rows_of(const Key& key) {
  const AccessKind kind = AccessKind::decode(static_cast<uint32_t>(key.kind));
  std::array<int64_t, kWarpLanes> pattern{};
  for (uint32_t lane = 0; lane < kWarpLanes; ++lane) {
    pattern[lane] = key.table[1 + lane] + (lane < kWarpLanes / 2 ? 0 : key.distance);
  }
  return access_rows(kind, pattern);
}

// One for the process: rows stay where they are until it ends.
const std::pair<const Key, std::vector<AccessRow>>& kept(const Key& key) {
  static std::mutex mutex;
  static std::map<Key, std::vector<AccessRow>>& all = *new std::map<Key, std::vector<AccessRow>>;
  const std::lock_guard lock(mutex);
  auto place = all.find(key);
  if (place == all.end()) place = all.emplace(key, rows_of(key)).first;
  return *place;
}

}  // namespace

std::vector<AccessRow> access_rows(AccessKind kind, std::span<const int64_t, kWarpLanes> pattern) {
  constexpr uint64_t kSomewhere = uint64_t{1} << 40;  // patterns reach to both sides
  std::vector<AccessRow> rows;
  for (uint64_t start = 0; start < kLineBytes; start += kind.bytes) {
    std::array<uint64_t, kWarpLanes> addresses{};
    for (uint32_t lane = 0; lane < kWarpLanes; ++lane) {
      addresses[lane] = kSomewhere + start + static_cast<uint64_t>(pattern[lane]);
    }
    AccessCounts counts;
    const bool is_shared = kind.space == isa::StateSpace::Shared;
    if (is_shared) {
      count_shared(counts.shared, kind.bytes, addresses.data(), ~0u, 0);
    } else {
      count_global(counts.global, kind.bytes, addresses.data(), ~0u);
    }
    std::memcpy(rows.emplace_back().amounts, is_shared ? static_cast<const void*>(&counts.shared) : &counts.global,
                is_shared ? sizeof(counts.shared) : sizeof(counts.global));
  }
  return rows;
}

}  // namespace qiao::machine

extern "C" const uint64_t* qiao_rt_access_rows(uint32_t kind, const int64_t* table, int64_t distance) {
  using namespace qiao::machine;
  struct Recent {
    const Key* key;
    int64_t distance;
    const AccessRow* rows;
  };
  constexpr size_t kRecent = 64;
  // Not in the thread's static block itself, of which a library that is loaded late gets little.
  static thread_local const auto recent = std::make_unique<std::array<Recent, kRecent>>();
  const uint64_t hash =
      (static_cast<uint64_t>(distance) / 4 + reinterpret_cast<uintptr_t>(table) / 8) * 0x9e3779b97f4a7c15u;
  Recent& last = (*recent)[hash >> (64 - std::countr_zero(kRecent))];
  const bool again = last.key != nullptr && last.distance == distance && last.key->kind == kind &&
                     std::memcmp(last.key->table.data(), table, sizeof(Key::table)) == 0;
  if (!again) {
    Key key{kind, nearest_alike(distance, table + 1), {}};
    std::copy_n(table, kTableWords, key.table.begin());
    const auto& found = kept(key);
    last = {&found.first, distance, found.second.data()};
  }
  return last.rows[0].amounts;
}
