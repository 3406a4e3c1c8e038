// The caches of a chip: an L1 for each SM, one L2, memory behind it. Sizes, lines and policies are those of the chip's
// file. Counts sectors as ncu does; the working set is exact.
#pragma once

#include <unordered_map>
#include <vector>

#include "src/hal/chip.h"
#include "src/hal/chip_model.h"
#include "src/perf/cache/sectored_cache.h"

namespace qiao::perf {

enum class AccessWay : uint8_t { Load, Store, Atomic };

// What one warp's access touches of one line.
struct LineAccess {
  uint64_t line = 0;  // address / bytes of a line
  SectorMask sectors = 0;
  SectorMask whole = 0;  // of them, those that a store fills completely
  AccessWay way = AccessWay::Load;
};

struct CacheCounts {                     // sectors, but for the last
  uint64_t l1_lookups = 0, l1_hits = 0;  // of loads
  uint64_t l2_reads = 0, l2_writes = 0, l2_atomics = 0;
  uint64_t l2_hits = 0;  // of all three
  uint64_t dram_reads = 0, dram_writes = 0;
  uint64_t working_lines = 0;  // different ones

  double l1_hit_pct() const;
  double l2_hit_pct() const;
};

class CacheHierarchy {
 public:
  // `shared_bytes`: shared memory in use on an SM, which a unified L1 does without.
  CacheHierarchy(const hal::ChipDescription& chip, const hal::ChipModel& model, uint64_t shared_bytes);

  void access(uint32_t sm, const LineAccess& access);
  // The launch is over: L1s are emptied, dirty sectors of L2 are written where the chip's file says so.
  CacheCounts end_launch();

 private:
  void to_l2(uint64_t line, SectorMask sectors, SectorMask whole, AccessWay way);
  void leave_l1(const SectoredCache::Evicted& evicted);
  void leave_l2(const SectoredCache::Evicted& evicted);
  void remember(uint64_t line);

  bool l1_write_back_, l2_fetches_, flush_at_end_;
  std::vector<SectoredCache> l1_;
  SectoredCache l2_;
  CacheCounts counts_;
  std::unordered_map<uint64_t, uint64_t> touched_;  // by 64 lines: a bit for each
};

}  // namespace qiao::perf
