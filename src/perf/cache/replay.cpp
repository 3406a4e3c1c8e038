#include "src/perf/cache/replay.h"

#include <algorithm>

namespace qiao::perf {
namespace {

struct Resident {
  size_t block = 0;
  size_t next = 0;  // access
};

struct Sm {
  std::vector<Resident> residents;
  size_t waiting = 0;  // the block that comes next
  size_t turn = 0;
};

}  // namespace

void replay(CacheHierarchy& caches, std::span<const std::vector<LineAccess>> blocks, uint32_t sms, uint32_t resident) {
  std::vector<Sm> all(std::max(sms, 1u));
  const auto admit = [&](Sm& sm) {
    while (sm.residents.size() < std::max(resident, 1u) && sm.waiting < blocks.size()) {
      if (!blocks[sm.waiting].empty()) sm.residents.push_back({sm.waiting, 0});
      sm.waiting += all.size();
    }
  };
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].waiting = i;
    admit(all[i]);
  }
  for (bool busy = true; busy;) {
    busy = false;
    for (size_t i = 0; i < all.size(); ++i) {
      Sm& sm = all[i];
      if (sm.residents.empty()) continue;
      busy = true;
      sm.turn %= sm.residents.size();
      Resident& at = sm.residents[sm.turn];
      const std::vector<LineAccess>& accesses = blocks[at.block];
      caches.access(static_cast<uint32_t>(i), accesses[at.next++]);
      if (at.next < accesses.size()) {
        ++sm.turn;
        continue;
      }
      sm.residents.erase(sm.residents.begin() + static_cast<ptrdiff_t>(sm.turn));
      admit(sm);
    }
  }
}

}  // namespace qiao::perf
