// Four vectors of pixels go on together until the last has left; who has left is no longer counted.
#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {
namespace {

constexpr int kVectors = 4;

bool any(const Ints (&inside)[kVectors]) {
  const Ints all = inside[0] | inside[1] | inside[2] | inside[3];
  return __builtin_reduce_or(all) != 0;
}

void run(const Floats (&cx)[kVectors], float cy, int limit, Ints (&count)[kVectors]) {
  Floats x[kVectors] = {}, y[kVectors] = {};
  Ints inside[kVectors];
  for (int v = 0; v < kVectors; ++v) inside[v] = Ints{} - 1, count[v] = Ints{};
  for (int k = 0; k < limit; ++k) {
    for (int v = 0; v < kVectors; ++v) {
      const Floats x2 = x[v] * x[v], y2 = y[v] * y[v];
      inside[v] &= x2 + y2 <= 4.0f;
      count[v] -= inside[v];
      y[v] = 2.0f * x[v] * y[v] + cy;
      x[v] = x2 - y2 + cx[v];
    }
    if (!any(inside)) break;
  }
}

}  // namespace

void mandel(int* out, int width, int height, float left, float top, float step, int limit) {
  for (int py = 0; py < height; ++py) {
    for (int px = 0; px < width; px += kVectors * kLanes) {  // width is a multiple
      Floats cx[kVectors];
      Ints count[kVectors];
      for (int v = 0; v < kVectors; ++v) {
        for (int l = 0; l < kLanes; ++l) cx[v][l] = left + static_cast<float>(px + v * kLanes + l) * step;
      }
      run(cx, top + static_cast<float>(py) * step, limit, count);
      for (int v = 0; v < kVectors; ++v) *reinterpret_cast<Ints*>(out + py * width + px + v * kLanes) = count[v];
    }
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
