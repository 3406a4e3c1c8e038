// Random kernels on all three executors: the interpreter is the oracle, bit for bit. QIAO_SEEDS=first:count chooses
// others than the suite's; the long suite (QIAO_SWEEP=all) goes on with new seeds for 10 minutes.
#include <chrono>
#include <cstdio>
#include <optional>

#include "device_sim/machine/float_mode.h"
#include "device_sim/machine/kernel_layout.h"
#include "tests/fuzz/random_kernel.h"
#include "tests/unit/device_sim/jit/session/executors.h"

namespace qiao::fuzz {
namespace {

struct Shape {
  hal::Dim3 block;
  uint32_t threads;
};
constexpr Shape kShapes[] = {{{64, 1, 1}, 64}, {{45, 1, 1}, 45}, {{8, 8, 1}, 64}, {{32, 3, 1}, 96}, {{7, 5, 1}, 35}};
constexpr uint32_t kBlocks = 2;

// Words that sit where integers, floats and halves change their ways, among random ones.
Words interesting_words(size_t count, uint32_t seed) {
  static constexpr uint32_t kEdges[] = {0,          1,          2,          31,         0xffffffff,
                                        0x80000000, 0x7fffffff, 0x3f800000, 0xbf800000, 0x7f800000,
                                        0xff800000, 0x7fc00000, 0x00000001, 0x00800000, 0x807fffff,
                                        0x00ffffff, 0x3f000000, 0x3c007c00, 0x7e00fc00, 0x00010400};
  Words words = random_words(count, seed);
  for (uint32_t& word : words) {
    if (word % 3 == 0) word = kEdges[word / 3 % std::size(kEdges)];
    if (word % 7 == 1) word %= 64;
  }
  return words;
}

// Nothing when the executors agree; else what differs, with the kernel.
std::optional<std::string> difference(uint32_t seed, Flavour flavour) {
  const Shape& shape = kShapes[seed % std::size(kShapes)];
  const std::string text = random_kernel(seed, flavour, shape.threads);
  Launch launch;
  launch.grid = {kBlocks, 1, 1};
  launch.block = shape.block;
  launch.buffers = {interesting_words(kBlocks * shape.threads * kInWords, seed),
                    Words(kAccumulators + kBlocks * shape.threads * kOutWords, 0x0f0f00ff)};
  const Outcome expected = run_on("interpreter", text, launch);
  if (expected.code != Code::Success) return "interpreter: " + expected.message + "\n" + text;
  for (const char* executor : {"lane", "warp"}) {
    const Outcome got = run_on(executor, text, launch);
    if (got.code != Code::Success) return std::string(executor) + ": " + got.message + "\n" + text;
    for (size_t i = 0; i < got.buffers[1].size(); ++i) {
      if (got.buffers[1][i] == expected.buffers[1][i]) continue;
      char where[160];
      std::snprintf(where, sizeof where, "%s: word %zu (thread %zu, its word %zu) is %08x, the interpreter's %08x\n",
                    executor, i, (i - kAccumulators) / kOutWords, (i - kAccumulators) % kOutWords, got.buffers[1][i],
                    expected.buffers[1][i]);
      return where + text;
    }
  }
  return std::nullopt;
}

void check_seed(uint32_t seed) {
  for (Flavour flavour : kFlavours) {
    if (std::optional<std::string> found = difference(seed, flavour)) {
      FAIL("seed " << seed << " " << name_of(flavour) << ": " << *found);
    }
  }
}

}  // namespace

TEST_CASE("random fast-math kernels run in the host's flushing mode") {
  const auto module = parse_ptx(random_kernel(1, Flavour::FastMath, 64));
  for (uint32_t i = 0; i < module->functions.size(); ++i) {
    if (!module->functions[i].is_entry) continue;
    CHECK(machine::lay_out_kernel(*module, i).flushes_subnormals == machine::kHostFlushesAfterRounding);
  }
}

TEST_CASE("random kernels give the same bits on every executor") {
  setenv("QIAO_CACHE", "off", 0);
  uint32_t first = 1, count = 8;
  if (const char* seeds = std::getenv("QIAO_SEEDS")) std::sscanf(seeds, "%u:%u", &first, &count);
  for (uint32_t seed = first; seed < first + count; ++seed) check_seed(seed);
  const char* sweep = std::getenv("QIAO_SWEEP");
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(sweep ? 10 : 0);
  for (uint32_t seed = first + count; std::chrono::steady_clock::now() < end; ++seed) check_seed(seed);
}

}  // namespace qiao::fuzz
