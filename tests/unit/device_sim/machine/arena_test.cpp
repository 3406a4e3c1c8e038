// The device memory range: limits, alignment, reuse, lookup, and that what is not allocated is not accessible.
#include "device_sim/machine/arena.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "tests/unit/catch.h"

using qiao::Code;
using qiao::machine::Arena;
constexpr auto kProgram = Arena::Owner::Program;
constexpr uint64_t kMega = uint64_t{1} << 20;

namespace {

std::unique_ptr<Arena> make_arena(uint64_t bytes) {
  auto arena = Arena::reserve(bytes);
  REQUIRE(arena);
  return std::move(*arena);
}

// Whether the process could read there, found out by asking the kernel to.
bool readable(uint64_t address) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const bool yes = write(ends[1], reinterpret_cast<const void*>(address), 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return yes;
}

}  // namespace

TEST_CASE("allocations are aligned, writable and do not overlap") {
  auto arena = make_arena(64 * kMega);
  std::vector<std::pair<uint64_t, uint64_t>> blocks;
  for (const uint64_t bytes : {1ull, 255ull, 256ull, 257ull, 65536ull, 1ull << 20, (3ull << 20) + 5}) {
    auto address = arena->allocate(bytes, kProgram);
    REQUIRE(address);
    CHECK(*address % 256 == 0);
    std::memset(reinterpret_cast<void*>(*address), 1, bytes);
    for (const auto& [other, size] : blocks) CHECK((*address + bytes <= other || other + size <= *address));
    blocks.emplace_back(*address, bytes);
  }
}

TEST_CASE("beyond the limit there is no memory, and freeing brings it back") {
  auto arena = make_arena(16 * kMega);
  auto whole = arena->allocate(16 * kMega, kProgram);
  REQUIRE(whole);
  CHECK(arena->free_bytes() == 0);
  auto more = arena->allocate(1, kProgram);
  REQUIRE_FALSE(more);
  CHECK(more.error().code == Code::OutOfMemory);
  REQUIRE(arena->release(*whole, kProgram));
  CHECK(arena->free_bytes() == 16 * kMega);
  CHECK(arena->allocate(~uint64_t{0} - 5, kProgram).error().code == Code::OutOfMemory);
  CHECK(arena->allocate(0, kProgram).error().code == Code::InvalidValue);
}

TEST_CASE("an address finds its allocation") {
  auto arena = make_arena(16 * kMega);
  const uint64_t small = *arena->allocate(100, kProgram), large = *arena->allocate(2 * kMega, kProgram);
  CHECK(arena->allocation_of(small + 99)->address == small);
  CHECK_FALSE(arena->allocation_of(small + 100));
  CHECK(arena->allocation_of(large + 2 * kMega - 1)->bytes == 2 * kMega);
  CHECK_FALSE(arena->allocation_of(large + 2 * kMega));
  const uint64_t window = *arena->allocate(100, Arena::Owner::Internal);
  CHECK_FALSE(arena->allocation_of(window));
}

TEST_CASE("only starts of allocations can be freed, and once") {
  auto arena = make_arena(16 * kMega);
  const uint64_t address = *arena->allocate(1000, kProgram);
  CHECK(arena->release(address + 256, kProgram).error().code == Code::InvalidValue);
  CHECK_FALSE(arena->release(address, Arena::Owner::Internal));
  CHECK(arena->release(address, kProgram));
  CHECK_FALSE(arena->release(address, kProgram));
}

TEST_CASE("freed and unallocated memory is not accessible") {
  auto arena = make_arena(16 * kMega);
  const uint64_t address = *arena->allocate(2 * kMega, kProgram);
  CHECK(readable(address));
  CHECK_FALSE(readable(address + 2 * kMega));  // the guard
  REQUIRE(arena->release(address, kProgram));
  CHECK_FALSE(readable(address));
  CHECK_FALSE(readable(*arena->reserve_inaccessible(100)));
}

TEST_CASE("many small blocks come and go without losing memory") {
  auto arena = make_arena(8 * kMega);
  for (int round = 0; round < 4; ++round) {
    std::vector<uint64_t> blocks;
    for (int i = 0; i < 5000; ++i) blocks.push_back(*arena->allocate(64 + static_cast<uint64_t>(i % 900), kProgram));
    for (size_t i = 0; i < blocks.size(); i += 2) REQUIRE(arena->release(blocks[i], kProgram));
    for (size_t i = 1; i < blocks.size(); i += 2) REQUIRE(arena->release(blocks[i], kProgram));
    CHECK(arena->free_bytes() == 8 * kMega);
  }
}

TEST_CASE("the heap has a limit of its own") {
  auto arena = make_arena(16 * kMega);
  arena->limit_heap(kMega);
  std::vector<uint64_t> blocks;
  for (int i = 0; i < 100; ++i) {
    if (auto address = arena->allocate(kMega / 10, Arena::Owner::Heap)) blocks.push_back(*address);
  }
  CHECK(blocks.size() == 9);
  CHECK(arena->allocate(2 * kMega, kProgram));
  CHECK_FALSE(arena->allocate(~uint64_t{0} - 8, Arena::Owner::Heap));
  for (const uint64_t address : blocks) CHECK(arena->release(address, Arena::Owner::Heap));
  CHECK(arena->allocate(kMega - 64, Arena::Owner::Heap));
}
