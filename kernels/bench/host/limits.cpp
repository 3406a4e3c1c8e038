#include "kernels/bench/host/limits.h"

#include <algorithm>

namespace qiao::bench {
namespace {

constexpr double kSeconds = 0.5;  // at most, for each
constexpr long kL1Floats = 4096;  // 16 KB

}  // namespace

double Limits::of(Limit limit) const {
  switch (limit) {
    case Limit::Fma:
      return fma;
    case Limit::Read:
      return read;
    case Limit::Copy:
      return copy;
    case Limit::Update:
      return update;
    case Limit::None:
      return 0;
  }
  return 0;
}

Limits measure_limits(const Options& options) {
  const long floats = pick(options.size, 1 << 20, 64 << 20, 64 << 20);  // 256 MB: beyond every cache
  const auto best = [&](std::function<void()> run) {
    std::vector<Side> sides = {{{}, std::move(run), {}}};
    take_turns(sides, std::min(options.seconds, kSeconds));
    return sides[0].timing().best;
  };
  const Native& native = plain::kNative;
  Buffer<float> from(floats), to(floats);
  float result = 0;
  Limits limits;
  constexpr long kRounds = 1'000'000;
  limits.fma = 2.0 * kFmaChains * native.lanes * kRounds / best([&] { native.fma_chains(kRounds, &result); }) * 1e-9;
  constexpr int kPasses = 1000;
  const double l1 = best([&] {
    for (int i = 0; i < kPasses; ++i) native.read_floats(from.data(), kL1Floats, &result);
  });
  limits.l1 = 4.0 * kL1Floats * kPasses / l1 * 1e-9;
  limits.read = 4.0 * floats / best([&] { native.read_floats(from.data(), floats, &result); }) * 1e-9;
  const double copy = std::min(best([&] { native.copy(from.data(), to.data(), floats); }),
                               best([&] { native.copy_streaming(from.data(), to.data(), floats); }));
  limits.copy = 8.0 * floats / copy * 1e-9;
  limits.update = 12.0 * floats / best([&] { native.saxpy(0.5f, from.data(), to.data(), floats); }) * 1e-9;
  return limits;
}

}  // namespace qiao::bench
