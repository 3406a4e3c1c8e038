#include "src/perf/cache/hierarchy.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace qiao::perf {
namespace {

uint64_t count(SectorMask sectors) {
  return static_cast<uint64_t>(std::popcount(sectors));
}

SectoredCache::Shape l1_of(const hal::ChipDescription& chip, const hal::ChipModel& model, uint64_t shared_bytes) {
  uint64_t bytes = static_cast<uint64_t>(chip.l1.bytes);
  if (chip.l1.unified_with_shared) bytes -= std::min(bytes, shared_bytes);
  return {bytes, static_cast<uint32_t>(chip.l1.line_bytes), static_cast<uint32_t>(chip.l1.ways),
          model.cache.replacement == "fifo"};
}

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double CacheCounts::l1_hit_pct() const {
  return percent(l1_hits, l1_lookups);
}

double CacheCounts::l2_hit_pct() const {
  return percent(l2_hits, l2_reads + l2_writes + l2_atomics);
}

CacheHierarchy::CacheHierarchy(const hal::ChipDescription& chip, const hal::ChipModel& model, uint64_t shared_bytes)
    : l1_write_back_(model.cache.l1_write == "back"),
      l2_fetches_(model.cache.l2_write == "back-fetch"),
      flush_at_end_(model.cache.flush_at_end),
      l1_(static_cast<size_t>(chip.sm.count), SectoredCache(l1_of(chip, model, shared_bytes))),
      l2_({chip.l2.bytes, static_cast<uint32_t>(chip.l1.line_bytes), static_cast<uint32_t>(chip.l2.ways),
           model.cache.replacement == "fifo"}) {}

void CacheHierarchy::remember(uint64_t line) {
  uint64_t& lines = touched_[line / 64];
  const uint64_t bit = uint64_t{1} << (line % 64);
  if ((lines & bit) == 0) ++counts_.working_lines;
  lines |= bit;
}

void CacheHierarchy::leave_l1(const SectoredCache::Evicted& evicted) {
  if (evicted.dirty != 0) to_l2(evicted.line, evicted.dirty, evicted.dirty, AccessWay::Store);
}

void CacheHierarchy::leave_l2(const SectoredCache::Evicted& evicted) {
  counts_.dram_writes += count(evicted.dirty);
}

void CacheHierarchy::access(uint32_t sm, const LineAccess& access) {
  remember(access.line);
  SectoredCache& l1 = l1_[sm % l1_.size()];
  SectoredCache::Evicted evicted;
  if (access.way == AccessWay::Load) {
    const SectorMask missing = l1.fetch(access.line, access.sectors, evicted);
    leave_l1(evicted);
    counts_.l1_lookups += count(access.sectors);
    counts_.l1_hits += count(access.sectors) - count(missing);
    if (missing != 0) to_l2(access.line, missing, 0, AccessWay::Load);
  } else if (access.way == AccessWay::Store && l1_write_back_) {
    l1.write(access.line, access.sectors, evicted);
    leave_l1(evicted);
  } else {  // through, without making room; atomics are done in L2
    if (access.way == AccessWay::Store) l1.touch(access.line);
    to_l2(access.line, access.sectors, access.whole, access.way);
  }
}

void CacheHierarchy::to_l2(uint64_t line, SectorMask sectors, SectorMask whole, AccessWay way) {
  SectoredCache::Evicted evicted;
  const bool writes = way != AccessWay::Load;
  const SectorMask missing = writes ? l2_.write(line, sectors, evicted) : l2_.fetch(line, sectors, evicted);
  leave_l2(evicted);
  uint64_t& kind = way == AccessWay::Load    ? counts_.l2_reads
                   : way == AccessWay::Store ? counts_.l2_writes
                                             : counts_.l2_atomics;
  kind += count(sectors);
  counts_.l2_hits += count(sectors) - count(missing);
  // A store that fills a sector needs nothing of it; others do where L2 keeps no mask of bytes. Atomics read.
  SectorMask fetched = missing;
  if (way == AccessWay::Store) fetched = l2_fetches_ ? missing & ~whole : 0;
  counts_.dram_reads += count(fetched);
}

CacheCounts CacheHierarchy::end_launch() {
  for (SectoredCache& l1 : l1_) {
    l1.clean([&](uint64_t line, SectorMask sectors) { to_l2(line, sectors, sectors, AccessWay::Store); });
    l1.clear();
  }
  if (flush_at_end_) l2_.clean([&](uint64_t, SectorMask sectors) { counts_.dram_writes += count(sectors); });
  touched_.clear();
  return std::exchange(counts_, {});
}

}  // namespace qiao::perf
