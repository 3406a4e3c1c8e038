// What depends on data: a histogram with eight sets of bins, so that equal neighbours do not wait for each other, and a
// sparse matrix times a vector.
#include <string.h>

#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {

void hist(const unsigned* data, long n, unsigned* bins) {
  constexpr int kSets = 8;
  unsigned sets[kSets][256];
  memset(sets, 0, sizeof sets);
  long i = 0;
  for (; i + kSets <= n; i += kSets) {
#pragma clang loop vectorize(disable) unroll(full)
    for (int s = 0; s < kSets; ++s) ++sets[s][data[i + s] & 255];
  }
  for (; i < n; ++i) ++sets[0][data[i] & 255];
  for (int b = 0; b < 256; ++b) {
    bins[b] = 0;
    for (int s = 0; s < kSets; ++s) bins[b] += sets[s][b];
  }
}

void spmv(const int* row_start, const int* column, const float* value, const float* x, float* y, int rows) {
  for (int row = 0; row < rows; ++row) {
    float sum = 0;
    for (int k = row_start[row]; k < row_start[row + 1]; ++k) sum += value[k] * x[column[k]];
    y[row] = sum;
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
