// Launches: every block runs once, however many workers share the grid; streams may launch at the same time.
#include "device_sim/machine/launcher.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/unit/device_sim/machine/test_machine.h"

using namespace qiao::machine;
using namespace qiao::machine::test;

namespace {

struct Workers {  // QIAO_WORKERS while it lives
  explicit Workers(const char* count) { setenv("QIAO_WORKERS", count, 1); }
  ~Workers() { unsetenv("QIAO_WORKERS"); }
};

// Some floating-point work per block whose result depends on the block alone.
std::vector<double> results_with(const char* workers) {
  Workers count(workers);
  TestMachine machine;
  auto* out = machine.allocate<double>(1000);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(machine.launch({10, 20, 5}, {64, 1, 1}, WarpBody([&](BlockContext& block, uint32_t warp) {
                             const uint32_t id = block.ctaid[0] + 10 * (block.ctaid[1] + 20 * block.ctaid[2]);
                             auto* shared = reinterpret_cast<double*>(block.shared);
                             shared[warp] = std::sqrt(id + warp);
                             qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
                             if (warp == 0) out[id] += shared[0] + shared[1];
                           }),
                           64));
  }
  return std::vector<double>(out, out + 1000);
}

}  // namespace

TEST_CASE("one worker and many give the same results") {
  const auto one = results_with("1");
  CHECK(one[999] > 0);
  CHECK(one == results_with("4"));
  CHECK(one == results_with("13"));
}

TEST_CASE("runs cover each block once") {
  Workers count("4");
  TestMachine machine;
  auto* hits = machine.allocate<uint32_t>(100000);
  for (int round = 0; round < 4; ++round)
    REQUIRE(machine.launch({100000, 1, 1}, {1, 1, 1}, RunBody([&](BlockRun& run) {
                             for (uint64_t block = run.first; block < run.last; ++block) ++hits[block];
                           })));
  CHECK(std::count(hits, hits + 100000, 4u) == 100000);
}

TEST_CASE("several threads launch at the same time") {
  Workers count("4");
  TestMachine machine;
  auto* sums = machine.allocate<uint64_t>(2);
  const auto body = [&](BlockContext& block, uint32_t warp) {
    qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0);
    std::atomic_ref(sums[block.ntid[0] / 64 - 1]).fetch_add(1);
  };
  const auto code = std::make_shared<FunctionCode>(WarpBody(body));
  machine.use(code);
  std::vector<std::thread> streams;
  for (uint32_t stream = 0; stream < 2; ++stream)
    streams.emplace_back([&, stream] {
      for (int i = 0; i < 50; ++i) (void)machine.launch_current({64, 1, 1}, {64 * (stream + 1), 1, 1});
    });
  for (auto& stream : streams) stream.join();
  CHECK(sums[0] == 50 * 128);
  CHECK(sums[1] == 50 * 256);
}

TEST_CASE("windows and ids are what the launch asked for") {
  TestMachine machine;
  std::atomic<int> wrong{0};
  REQUIRE(machine.launch({2, 3, 4}, {8, 4, 2}, LaneBody([&](BlockContext& block, LaneContext& lane) {
                           wrong += block.nctaid[1] != 3 || block.ntid[2] != 2 || block.warp_count != 2;
                           wrong += block.dynamic_shared_bytes != 40 || block.shared < block.arena;
                           wrong += block.shared + block.shared_bytes > block.arena + block.arena_bytes;
                           wrong += lane.linear != lane.tid[0] + 8 * (lane.tid[1] + 4 * lane.tid[2]) ||
                                    lane.laneid != lane.linear % 32;
                         }),
                         40));
  CHECK(wrong == 0);
}

#if !defined(__SANITIZE_THREAD__)  // does not follow threads into a forked child
TEST_CASE("a child after fork gets workers of its own") {
  Workers count("3");
  TestMachine machine;
  const auto body = WarpBody([](BlockContext& block, uint32_t warp) { qiao_rt_barrier_sync(&block, warp, ~0u, 0, 0); });
  REQUIRE(machine.launch({50, 1, 1}, {64, 1, 1}, body));
  const pid_t child = fork();
  if (child == 0) _exit(machine.launch({50, 1, 1}, {64, 1, 1}, body) ? 0 : 1);
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
#endif
