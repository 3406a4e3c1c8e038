// Known answers of caches: streams, blocks that fit, sets that do not, writes and when they reach memory.
#include "src/perf/cache/hierarchy.h"

#include "src/perf/cache/replay.h"
#include "tests/unit/catch.h"

using namespace qiao::perf;

namespace {

// 2 SMs; L1: 32 lines in 8 sets of 4; L2: 512 lines in 32 sets of 16.
struct Caches {
  qiao::hal::ChipDescription chip;
  qiao::hal::ChipModel model;
  Caches() {
    chip.sm.count = 2;
    chip.l1.bytes = 32 * 128;
    chip.l1.unified_with_shared = false;
    chip.l2.bytes = 512 * 128;
  }
  CacheHierarchy make(uint64_t shared = 0) const { return {chip, model, shared}; }
};

constexpr SectorMask kAll = 15;

LineAccess load(uint64_t line, SectorMask sectors = kAll) {
  return {line, sectors, 0, AccessWay::Load};
}
LineAccess store(uint64_t line, SectorMask whole = kAll) {
  return {line, kAll, whole, AccessWay::Store};
}

template <class Make>
CacheCounts run(const Caches& caches, uint64_t lines, int rounds, Make make, uint64_t stride = 1) {
  CacheHierarchy hierarchy = caches.make();
  for (int round = 0; round < rounds; ++round)
    for (uint64_t line = 0; line < lines; ++line) hierarchy.access(0, make(line * stride));
  return hierarchy.end_launch();
}

const auto kLoad = [](uint64_t line) { return load(line); };
const auto kStore = [](uint64_t line) { return store(line); };

}  // namespace

TEST_CASE("a stream hits nothing and reads each byte once") {
  const CacheCounts counts = run(Caches(), 1000, 1, kLoad);
  CHECK(counts.l1_lookups == 4000);
  CHECK(counts.l1_hits == 0);
  CHECK(counts.l2_reads == 4000);
  CHECK(counts.l2_hits == 0);
  CHECK(counts.dram_reads == 4000);
  CHECK(counts.dram_writes == 0);
  CHECK(counts.working_lines == 1000);
}

TEST_CASE("a block that fits L1 is fetched once") {
  const CacheCounts counts = run(Caches(), 32, 10, kLoad);
  CHECK(counts.l1_hits == 9 * 128);
  CHECK(counts.l1_hit_pct() == Approx(90));
  CHECK(counts.l2_reads == 128);
  CHECK(counts.dram_reads == 128);
  CHECK(counts.working_lines == 32);
}

TEST_CASE("a block that fits L2 alone is fetched from memory once") {
  const CacheCounts counts = run(Caches(), 256, 4, kLoad);
  CHECK(counts.l1_hits == 0);  // a loop over more than an LRU cache holds never meets what it left
  CHECK(counts.l2_reads == 4 * 1024);
  CHECK(counts.l2_hits == 3 * 1024);
  CHECK(counts.dram_reads == 1024);
}

TEST_CASE("a line more than a set has ways thrashes it") {
  CHECK(run(Caches(), 4, 10, kLoad, 8).l1_hits == 9 * 16);
  CHECK(run(Caches(), 5, 10, kLoad, 8).l1_hits == 0);
  Caches fifo;
  fifo.model.cache.replacement = "fifo";
  CHECK(run(fifo, 5, 10, kLoad, 8).l1_hits == 0);
}

TEST_CASE("fifo throws out what came first, lru what was not used") {
  const auto hits = [](const Caches& caches) {
    CacheHierarchy hierarchy = caches.make();
    for (uint64_t line : {0, 8, 16, 24, 0, 32, 0}) hierarchy.access(0, load(line));  // one set of four
    return hierarchy.end_launch().l1_hits;
  };
  Caches fifo;
  fifo.model.cache.replacement = "fifo";
  CHECK(hits(Caches()) == 8);
  CHECK(hits(fifo) == 4);
}

TEST_CASE("sectors of a line come one by one") {
  CacheHierarchy hierarchy = Caches().make();
  for (SectorMask sectors : {1u, 2u, 3u, 15u}) hierarchy.access(0, load(7, sectors));
  const CacheCounts counts = hierarchy.end_launch();
  CHECK(counts.l1_lookups == 8);
  CHECK(counts.l1_hits == 4);  // both of the third, two of the fourth
  CHECK(counts.dram_reads == 4);
}

TEST_CASE("stores go through L1 and reach memory once") {
  const CacheCounts counts = run(Caches(), 8, 10, kStore);
  CHECK(counts.l2_writes == 320);
  CHECK(counts.l2_hits == 288);
  CHECK(counts.dram_reads == 0);
  CHECK(counts.dram_writes == 32);  // when the kernel ends
  Caches kept;
  kept.model.cache.flush_at_end = false;
  CHECK(run(kept, 8, 10, kStore).dram_writes == 0);
  CHECK(run(kept, 600, 1, kStore).dram_writes == 88 * 4);  // what L2 had no room for
}

TEST_CASE("stores of part of a sector fetch it where L2 keeps no mask of bytes") {
  const auto partial = [](uint64_t line) { return store(line, 0); };
  Caches fetching;
  fetching.model.cache.l2_write = "back-fetch";
  CHECK(run(fetching, 8, 1, partial).dram_reads == 32);
  CHECK(run(fetching, 8, 1, kStore).dram_reads == 0);
  CHECK(run(Caches(), 8, 1, partial).dram_reads == 0);
}

TEST_CASE("an L1 that writes back sends what is dirty when it leaves or ends") {
  Caches back;
  back.model.cache.l1_write = "back";
  CHECK(run(back, 8, 10, kStore).l2_writes == 32);
  CHECK(run(back, 64, 1, kStore).l2_writes == 256);
}

TEST_CASE("atomics are done in L2 and read what they change") {
  const CacheCounts counts =
      run(Caches(), 4, 3, [](uint64_t line) { return LineAccess{line, 1, 0, AccessWay::Atomic}; });
  CHECK(counts.l1_lookups == 0);
  CHECK(counts.l2_atomics == 12);
  CHECK(counts.dram_reads == 4);
  CHECK(counts.dram_writes == 4);
}

TEST_CASE("shared memory takes its part of a unified L1") {
  Caches unified;
  unified.chip.l1.unified_with_shared = true;
  CacheHierarchy hierarchy = unified.make(32 * 128);
  hierarchy.access(0, load(1));
  hierarchy.access(0, load(1));
  CHECK(hierarchy.end_launch().l1_hits == 0);
}

TEST_CASE("SMs share L2, not L1, and a launch leaves L2 to the next") {
  CacheHierarchy hierarchy = Caches().make();
  hierarchy.access(0, load(3));
  hierarchy.access(1, load(3));
  const CacheCounts first = hierarchy.end_launch();
  CHECK(first.l1_hits == 0);
  CHECK(first.l2_hits == 4);
  CHECK(first.working_lines == 1);
  hierarchy.access(0, load(3));
  const CacheCounts second = hierarchy.end_launch();
  CHECK(second.l1_hits == 0);
  CHECK(second.dram_reads == 0);
  CHECK(second.working_lines == 1);
}

TEST_CASE("blocks are taken in a fixed order: SMs in step, residents in turn") {
  // Lines 0 and 8k of one L1 set; blocks 0, 2, 4 are SM 0's. One resident at a time: each block meets its own lines.
  const std::vector<std::vector<LineAccess>> blocks = {
      {load(0), load(0)}, {}, {load(8), load(8)}, {load(100)}, {load(16), load(16)}};
  Caches caches;
  CacheHierarchy alone = caches.make();
  replay(alone, blocks, 2, 1);
  const CacheCounts counts = alone.end_launch();
  CHECK(counts.l1_lookups == 7 * 4);
  CHECK(counts.l1_hits == 3 * 4);
  caches.chip.l1.bytes = 128;  // one line: blocks side by side throw out each other's
  CacheHierarchy together = caches.make();
  replay(together, blocks, 2, 3);
  CHECK(together.end_launch().l1_hits == 0);
  CacheHierarchy apart = caches.make();
  replay(apart, blocks, 2, 1);
  CHECK(apart.end_launch().l1_hits == 3 * 4);
}
