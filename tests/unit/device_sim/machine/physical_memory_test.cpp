// Physical memory and shared pages: the same bytes at two addresses, exported to another descriptor, and pages that
// become shared while a thread writes them.
#include "device_sim/machine/physical_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "device_sim/machine/arena.h"
#include "device_sim/machine/fault_handler.h"
#include "tests/unit/catch.h"

using namespace qiao;
using namespace qiao::machine;

namespace {

constexpr uint64_t kMega = uint64_t{1} << 20;

template <class T>
T& at(uint64_t address) {
  return *reinterpret_cast<T*>(address);
}

}  // namespace

TEST_CASE("one memory at two addresses, and at a third by its descriptor") {
  auto arena = *Arena::reserve(64 * kMega);
  const uint64_t range = *arena->reserve_inaccessible(6 * kMega);
  bool released = false;
  auto memory = *PhysicalMemory::create(2 * kMega, "qiao-exported-0", [&] { released = true; });
  for (const uint64_t address : {range, range + 2 * kMega})
    REQUIRE(map_memory(address, *memory, 0, 2 * kMega, hal::Protection::ReadWrite));
  at<int>(range + 4096) = 77;
  CHECK(at<int>(range + 2 * kMega + 4096) == 77);
  const int descriptor = *memory->export_descriptor();
  auto imported = *PhysicalMemory::import(descriptor);
  close(descriptor);
  CHECK(imported->bytes() == 2 * kMega);
  REQUIRE(map_memory(range + 4 * kMega, *imported, 0, 2 * kMega, hal::Protection::Read));
  CHECK(at<int>(range + 4 * kMega + 4096) == 77);
  REQUIRE(unmap_memory(range, 6 * kMega));
  memory.reset();
  CHECK(released);
}

TEST_CASE("memory that was released is zero when it comes again") {
  auto arena = *Arena::reserve(64 * kMega);
  const uint64_t range = *arena->reserve_inaccessible(2 * kMega);
  for (int turn = 0; turn < 2; ++turn) {
    auto memory = *PhysicalMemory::create(2 * kMega, "", nullptr);
    CHECK_FALSE(memory->export_descriptor());
    REQUIRE(map_memory(range, *memory, 0, 2 * kMega, hal::Protection::ReadWrite));
    CHECK(at<int>(range) == 0);
    at<int>(range) = 5;
    REQUIRE(unmap_memory(range, 2 * kMega));
  }
}

TEST_CASE("pages become shared with what they hold and without losing a write") {
  auto arena = *Arena::reserve(256 * kMega);
  const uint64_t address = *arena->allocate(64 * kMega, Arena::Owner::Program);
  at<int>(address + 60 * kMega) = 5;
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> last{0};
  std::thread writer([&] {
    prepare_thread_for_faults();
    while (!stop) {
      const uint64_t next = last.load(std::memory_order_relaxed) + 1;
      at<std::atomic<uint64_t>>(address + 63 * kMega).store(next);
      last.store(next);
      if (at<std::atomic<uint64_t>>(address + 63 * kMega).load() != next) stop = true;  // a lost write
    }
  });
  while (last < 1000) std::this_thread::yield();
  auto part = arena->share(address + 100);
  REQUIRE(part);
  CHECK(part->offset == 0);
  CHECK(arena->share(address)->descriptor == part->descriptor);
  const uint64_t then = last;
  while (last < then + 1000 && !stop) std::this_thread::yield();
  CHECK_FALSE(stop.exchange(true));
  writer.join();
  void* other = mmap(nullptr, part->bytes, PROT_READ, MAP_SHARED, part->descriptor, 0);
  REQUIRE(other != MAP_FAILED);
  CHECK(static_cast<int*>(other)[60 * kMega / sizeof(int)] == 5);
  CHECK(static_cast<uint64_t*>(other)[63 * kMega / sizeof(uint64_t)] == last);
  munmap(other, part->bytes);
  REQUIRE(arena->release(address, Arena::Owner::Program));
  const uint64_t again = *arena->allocate(64 * kMega, Arena::Owner::Program);
  at<int>(again) = 1;
  // Small blocks share their chunk.
  const uint64_t a = *arena->allocate(1000, Arena::Owner::Program), b = *arena->allocate(1000, Arena::Owner::Program);
  at<int>(b) = 9;
  const auto small = *arena->share(a);
  const auto neighbour = *arena->share(b);
  CHECK(small.descriptor == neighbour.descriptor);
  CHECK(neighbour.offset - small.offset == b - a);
  CHECK(at<int>(b) == 9);
}
