// Black-Scholes prices; with -ffast-math the compiler calls the vector functions of libmvec.
#include <math.h>

#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {
namespace {

inline float normal(float d) {
  const float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
  const float polynomial =
      k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
  const float tail = 0.39894228040143267794f * expf(-0.5f * d * d) * polynomial;
  return d > 0.0f ? 1.0f - tail : tail;
}

}  // namespace

void bs(float* __restrict call, float* __restrict put, const float* __restrict price, const float* __restrict strike,
        const float* __restrict years, float rate, float volatility, long n) {
  for (long i = 0; i < n; ++i) {
    const float s = price[i], x = strike[i], t = years[i];
    const float root = sqrtf(t);
    const float d1 = (logf(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
    const float n1 = normal(d1), n2 = normal(d1 - volatility * root);
    const float discounted = x * expf(-rate * t);
    call[i] = s * n1 - discounted * n2;
    put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
