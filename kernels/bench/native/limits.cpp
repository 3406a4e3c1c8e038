// What the machine can do at most: fused multiply-adds in registers, reading and copying memory.
#include "kernels/bench/native/flavour.h"

namespace qiao::bench::QIAO_BENCH_FLAVOUR {

// kFmaChains chains: more than latency times throughput. Strict floating point keeps each as it is written.
void fma_chains(long rounds, float* out) {
  Floats sum[kFmaChains] = {};
  const Floats factor = Floats{} + 0.5f, term = Floats{} + *out;
  for (long r = 0; r < rounds; ++r) {
#pragma clang loop unroll(full)
    for (int k = 0; k < kFmaChains; ++k) sum[k] = sum[k] * factor + term;
  }
  for (int k = 1; k < kFmaChains; ++k) sum[0] += sum[k];
  *out = sum[0][0];
}

void read_floats(const float* in, long n, float* out) {
  reduce(in, out, n);
}

void copy_streaming(const float* __restrict in, float* __restrict out, long n) {
  typedef float Aligned __attribute__((vector_size(kLanes * 4)));
  for (long i = 0; i + kLanes <= n; i += kLanes) {
    __builtin_nontemporal_store(*reinterpret_cast<const Aligned*>(in + i), reinterpret_cast<Aligned*>(out + i));
  }
}

}  // namespace qiao::bench::QIAO_BENCH_FLAVOUR
