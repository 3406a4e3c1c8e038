#include "src/perf/cache/sectored_cache.h"

#include <algorithm>

namespace qiao::perf {

SectoredCache::SectoredCache(const Shape& shape)
    : sets_(shape.bytes / (uint64_t{shape.line_bytes} * std::max(shape.ways, 1u))),
      ways_(std::max(shape.ways, 1u)),
      fifo_(shape.fifo) {
  if (sets_ == 0 && shape.bytes >= shape.line_bytes) {  // smaller than one set of that many ways
    sets_ = 1;
    ways_ = static_cast<uint32_t>(shape.bytes / shape.line_bytes);
  }
  lines_.resize(sets_ * ways_);
}

SectoredCache::Line* SectoredCache::find(uint64_t line) {
  if (lines_.empty()) return nullptr;
  Line* set = set_of(line);
  for (uint32_t way = 0; way < ways_; ++way)
    if (set[way].used != 0 && set[way].number == line) return &set[way];
  return nullptr;
}

SectorMask SectoredCache::present(uint64_t line) const {
  const Line* found = const_cast<SectoredCache*>(this)->find(line);
  return found ? found->valid : 0;
}

void SectoredCache::touch(uint64_t line) {
  Line* found = find(line);
  if (found && !fifo_) found->used = ++now_;
}

// The line, made room for if it is not there; null in a cache that holds nothing.
SectoredCache::Line* SectoredCache::place(uint64_t line, Evicted& evicted) {
  evicted = {};
  if (lines_.empty()) return nullptr;
  if (Line* found = find(line)) {
    if (!fifo_) found->used = ++now_;
    return found;
  }
  Line* set = set_of(line);
  Line* oldest = std::min_element(set, set + ways_, [](const Line& a, const Line& b) { return a.used < b.used; });
  evicted = {oldest->number, oldest->dirty};
  *oldest = {line, ++now_, 0, 0};
  return oldest;
}

SectorMask SectoredCache::fetch(uint64_t line, SectorMask sectors, Evicted& evicted) {
  Line* here = place(line, evicted);
  if (!here) return sectors;
  const SectorMask missing = sectors & ~here->valid;
  here->valid |= sectors;
  return missing;
}

SectorMask SectoredCache::write(uint64_t line, SectorMask sectors, Evicted& evicted) {
  Line* here = place(line, evicted);
  if (!here) return sectors;
  const SectorMask missing = sectors & ~here->valid;
  here->valid |= sectors;
  here->dirty |= sectors;
  return missing;
}

void SectoredCache::clear() {
  std::fill(lines_.begin(), lines_.end(), Line{});
}

}  // namespace qiao::perf
