// Counts who did what without whom (see the header).
#include "device_sim/machine/lanes_apart.h"

#include <algorithm>
#include <bit>

namespace qiao::machine {
namespace {

// Beyond it only masks that name lanes which exited make more.
constexpr size_t kMostRecords = 256;

template <class F>
void each_lane(uint32_t lanes, F&& body) {
  for (; lanes; lanes &= lanes - 1) body(static_cast<uint32_t>(std::countr_zero(lanes)));
}

// Raises the lanes' counts to the largest of them.
void raise(std::array<uint64_t, 32>& count, uint32_t lanes) {
  uint64_t most = 0;
  each_lane(lanes, [&](uint32_t lane) { most = std::max(most, count[lane]); });
  each_lane(lanes, [&](uint32_t lane) { count[lane] = most; });
}

}  // namespace

bool LanesApart::is_level(const Record& record, uint32_t live) const {
  const uint32_t among = record.members & live;
  bool level = true;
  const uint64_t first = among != 0 ? record.count[std::countr_zero(among)] : 0;
  each_lane(among, [&](uint32_t lane) { level &= record.count[lane] == first; });
  return level;
}

bool LanesApart::done(uint32_t operation, uint32_t members, uint32_t lanes, uint32_t live) {
  const auto same = [&](const Record& record) { return record.operation == operation && record.members == members; };
  // Who names each other here cannot be waiting elsewhere.
  for (Record& record : records_) {
    if (!same(record)) raise(record.count, lanes & members & record.members);
  }
  auto mine = std::find_if(records_.begin(), records_.end(), same);
  const uint32_t absent = members & live & ~lanes;
  if (mine == records_.end() && absent != 0 && records_.size() < kMostRecords) {
    mine = records_.insert(mine, Record{operation, members, {}});
  }
  bool good = true;
  if (mine != records_.end()) {
    uint64_t least = ~uint64_t{0};
    each_lane(lanes, [&](uint32_t lane) { least = std::min(least, mine->count[lane]++); });
    each_lane(absent, [&](uint32_t lane) { good &= mine->count[lane] <= least; });
  }
  std::erase_if(records_, [&](const Record& record) { return is_level(record, live); });
  return good;
}

void LanesApart::level(uint32_t lanes) {
  for (Record& record : records_) raise(record.count, lanes & record.members);
  std::erase_if(records_, [&](const Record& record) { return is_level(record, lanes); });
}

}  // namespace qiao::machine
