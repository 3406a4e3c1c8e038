// Launches, blocks and barriers, in this process.
#include <algorithm>
#include <chrono>

#include "kernels/bench/host/figures.h"
#include "kernels/bench/host/measure.h"
#include "kernels/bench/host/progress.h"

namespace qiao::bench {
namespace {

constexpr unsigned kBlock = 256;

struct Barrier {
  const char* kernel;
  const char* what;
  int argument;  // the distance or the stride
  double target;
  int neighbour(int thread) const { return kernel[8] == 'c' ? thread + argument : thread * argument & 255; }
};
constexpr Barrier kBarriers[] = {{"barrier_contiguous", "barrier of 256 threads, contiguous", 128, 8},
                                 {"barrier_gathered", "barrier of 256 threads, gathered", 33, 35}};

// Seconds of the best of many runs.
double best(Device& device, double seconds, const std::function<void()>& launch) {
  std::vector<Side> sides = {{{},
                              [&] {
                                launch();
                                device.synchronize();
                              },
                              {}}};
  sides[0].run();  // compiles
  take_turns(sides, seconds);
  return sides[0].timing().best;
}

Figure figure(const char* row, const char* what, double value, const char* unit, double target) {
  Figure result;
  result.row = row, result.what = what, result.value = value, result.unit = unit, result.target = target;
  return result;
}

void measure_barriers(Device& device, const Module& module, double seconds, std::vector<Figure>& figures) {
  constexpr int kRounds = 1000, kBlocks = 16;
  DeviceArray<float> out(device, kBlocks * kBlock);
  for (const Barrier& one : kBarriers) {
    const double time = best(device, seconds, [&] {
      device.launch(module[one.kernel], {kBlocks}, {kBlock}, out.get(), kRounds, one.argument);
    });
    figures.push_back(figure("barrier", one.what, time / (2.0 * kRounds * kBlocks) * 1e9, "ns", one.target));
  }
}

void measure_launches(Device& device, const Module& module, double seconds, std::vector<Figure>& figures) {
  constexpr int kLaunches = 1000;
  constexpr unsigned kBlocks = 100'000;
  const Function empty = module["empty"];
  const double synchronous = best(device, seconds, [&] {
    for (int i = 0; i < kLaunches; ++i) {
      device.launch(empty, {1}, {kBlock});
      device.synchronize();
    }
  });
  figures.push_back(figure("launch", "empty launch and wait", synchronous / kLaunches * 1e6, "us", 1));
  const double pipelined = best(device, seconds, [&] {
    for (int i = 0; i < kLaunches; ++i) device.launch(empty, {1}, {kBlock});
  });
  figures.push_back(figure("launch", "empty launches, one wait behind all", pipelined / kLaunches * 1e6, "us", 0.3));
  const double blocks = best(device, seconds, [&] { device.launch(empty, {kBlocks}, {kBlock}); });
  figures.push_back(figure("launch", "empty block of 256 threads", blocks / kBlocks * 1e9, "ns", 3));
}

// The host's version of both kernels.
void expect(const Barrier& barrier, int rounds, Buffer<float>& sums) {
  float cells[2 * kBlock];
  std::fill(cells, cells + 2 * kBlock, 1.0f);
  for (unsigned t = 0; t < kBlock; ++t) sums[t] = static_cast<float>(t);
  for (int r = 0; r < rounds; ++r) {
    std::copy(sums.begin(), sums.end(), cells);
    for (unsigned t = 0; t < kBlock; ++t) sums[t] = 0.5f * (sums[t] + cells[barrier.neighbour(static_cast<int>(t))]);
  }
}

}  // namespace

std::vector<Figure> measure_here(Device& device, const Options& options) {
  std::vector<Figure> figures;
  if (!options.wants("barrier") && !options.wants("launch")) return figures;
  Result<Module> module = Module::load(device, find_image("overheads", options.compiler));
  progress("launches and barriers");
  const double seconds = std::min(options.seconds, 0.5);
  if (module && options.wants("barrier")) measure_barriers(device, *module, seconds, figures);
  if (module && options.wants("launch")) measure_launches(device, *module, seconds, figures);
  const Result<void> ran = module ? device.failure() : module.error();
  if (ran) return figures;
  Figure failed = figure(options.wants("barrier") ? "barrier" : "launch", "launches and barriers", 0, "", 0);
  failed.failure = ran.error().message;
  return {failed};
}

std::string check_barriers(Device& device, const Options& options) {
  Result<Module> module = Module::load(device, find_image("overheads", options.compiler));
  if (!module) return module.error().message;
  constexpr int kRounds = 10;
  DeviceArray<float> out(device, kBlock);
  Buffer<float> result(kBlock), expected(kBlock);
  for (const Barrier& one : kBarriers) {
    out.forget();
    device.launch((*module)[one.kernel], {1}, {kBlock}, out.get(), kRounds, one.argument);
    device.synchronize();
    out.download(result);
    if (Result<void> ran = device.failure(); !ran) return ran.error().message;
    expect(one, kRounds, expected);
    if (std::string wrong = differences(result, expected, {}); !wrong.empty()) return one.kernel + (": " + wrong);
  }
  return {};
}

}  // namespace qiao::bench
