// One cache: lines in sets, of which single sectors are there, dirty, or not. Knows no addresses but line numbers and
// no bytes but sectors; what it misses and throws out is the caller's to send on.
#pragma once

#include <cstdint>
#include <vector>

namespace qiao::perf {

using SectorMask = uint32_t;  // bit i: sector i of a line

class SectoredCache {
 public:
  struct Shape {
    uint64_t bytes = 0;  // 0: holds nothing
    uint32_t line_bytes = 128;
    uint32_t ways = 4;
    bool fifo = false;  // else the line that was not used for longest makes room
  };
  // What had to leave for a line to come.
  struct Evicted {
    uint64_t line = 0;
    SectorMask dirty = 0;
  };

  explicit SectoredCache(const Shape& shape);

  // Sectors that are there.
  SectorMask present(uint64_t line) const;
  // Makes these sectors be there; gives those that were not.
  SectorMask fetch(uint64_t line, SectorMask sectors, Evicted& evicted);
  // The same for a write: they are dirty from now on.
  SectorMask write(uint64_t line, SectorMask sectors, Evicted& evicted);
  // Counts as a use of the line if it is there, and no more.
  void touch(uint64_t line);

  // All dirty sectors leave; calls each(line, sectors).
  template <class Each>
  void clean(Each each) {
    for (Line& line : lines_) {
      if (line.dirty != 0) each(line.number, line.dirty);
      line.dirty = 0;
    }
  }
  void clear();  // forgets everything, dirty or not

 private:
  struct Line {
    uint64_t number = 0;
    uint64_t used = 0;  // when, for the order of leaving; 0: empty
    SectorMask valid = 0;
    SectorMask dirty = 0;
  };

  Line* find(uint64_t line);
  Line* place(uint64_t line, Evicted& evicted);
  Line* set_of(uint64_t line) { return lines_.data() + line % sets_ * ways_; }

  uint64_t sets_;
  uint32_t ways_;
  bool fifo_;
  uint64_t now_ = 0;
  std::vector<Line> lines_;
};

}  // namespace qiao::perf
