// All pairs of bodies, the coordinates in arrays of their own; several vectors of bodies meet one other at a time.
#include <math.h>

#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {

void nbody(const float* x, const float* y, const float* z, const float* mass, float* acceleration, int n,
           float softening) {
  constexpr int kBodies = 2 * kLanes;  // n is a multiple
  for (int i = 0; i < n; i += kBodies) {
    float ax[kBodies] = {}, ay[kBodies] = {}, az[kBodies] = {};
    for (int j = 0; j < n; ++j) {
#pragma clang loop vectorize(enable) unroll(full)
      for (int l = 0; l < kBodies; ++l) {
        const float dx = x[j] - x[i + l], dy = y[j] - y[i + l], dz = z[j] - z[i + l];
        const float inverse = 1.0f / sqrtf(dx * dx + dy * dy + dz * dz + softening);
        const float pull = mass[j] * inverse * inverse * inverse;
        ax[l] += dx * pull, ay[l] += dy * pull, az[l] += dz * pull;
      }
    }
    for (int l = 0; l < kBodies; ++l) {
      float* to = acceleration + 4 * (i + l);
      to[0] = ax[l], to[1] = ay[l], to[2] = az[l], to[3] = 0;
    }
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
