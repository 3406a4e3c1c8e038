// What this machine's core can do at most, measured when the benchmark starts.
#pragma once

#include "kernels/bench/host/measure.h"

namespace qiao::bench {

struct Limits {
  double fma = 0;     // GFLOP/s, f32
  double l1 = 0;      // GB/s, reading
  double read = 0;    // GB/s, from memory
  double copy = 0;    // GB/s, the better of ordinary and streaming stores
  double update = 0;  // GB/s, y = a * x + y in place: no line is read only to be overwritten
  double of(Limit limit) const;
};

Limits measure_limits(const Options& options);

}  // namespace qiao::bench
