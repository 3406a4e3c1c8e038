// Streams and sums: loops that the compiler vectorises by itself; the sum with enough accumulators to hide the latency
// of an addition, which strict floating point does not let the compiler make.
#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {

void vecadd(const float* __restrict a, const float* __restrict b, float* __restrict c, long n) {
  for (long i = 0; i < n; ++i) c[i] = a[i] + b[i];
}

void reduce(const float* in, float* sum, long n) {
  constexpr int kChains = 8;
  Floats part[kChains] = {};
  long i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
    for (int k = 0; k < kChains; ++k) part[k] += *reinterpret_cast<const Floats*>(in + i + k * kLanes);
  }
  for (int k = 1; k < kChains; ++k) part[0] += part[k];
  float total = 0;
  for (int k = 0; k < kLanes; ++k) total += part[0][k];
  for (; i < n; ++i) total += in[i];
  *sum = total;
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
