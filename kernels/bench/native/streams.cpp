// Streams and sums: loops that the compiler vectorises by itself; the sum with enough accumulators to hide the latency
// of an addition, which strict floating point does not let the compiler make.
#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {

// A loop, not a call of memcpy, which may choose streaming stores; limits.cpp has those.
__attribute__((no_builtin("memcpy"))) void copy(const float* __restrict in, float* __restrict out, long n) {
  for (long i = 0; i < n; ++i) out[i] = in[i];
}

void vecadd(const float* __restrict a, const float* __restrict b, float* __restrict c, long n) {
  for (long i = 0; i < n; ++i) c[i] = a[i] + b[i];
}

void saxpy(float a, const float* __restrict x, float* __restrict y, long n) {
  for (long i = 0; i < n; ++i) y[i] = a * x[i] + y[i];
}

typedef _Float16 Half __attribute__((may_alias));

void haxpy(float a, const void* from, void* to, long n) {
  const Half* __restrict x = static_cast<const Half*>(from);
  Half* __restrict y = static_cast<Half*>(to);
  for (long i = 0; i < n; ++i) {
    y[i] = static_cast<Half>(a * static_cast<float>(x[i]) + static_cast<float>(y[i]));
  }
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
