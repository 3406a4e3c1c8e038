// All of bar: barriers with counts and reductions over a block, named barriers for half a block each, a producer that
// arrives and a consumer that waits, and barriers inside divergent-looking but uniform loops.
#include "check.h"

__global__ void reductions(const int* in, int* out) {
  int value = in[blockIdx.x * blockDim.x + threadIdx.x];
  int count = __syncthreads_count(value > 0);
  int all = __syncthreads_and(value > -1000);
  int none = __syncthreads_and(value > 0);
  int any = __syncthreads_or(value == 77);
  int zero = __syncthreads_or(value == 12345);
  out[blockIdx.x * blockDim.x + threadIdx.x] =
      count * 16 + (all != 0) * 8 + (none != 0) * 4 + (any != 0) * 2 + (zero != 0);
}

// Each half of a 128-thread block turns its own values around, meeting at its own barrier a different number of times.
__global__ void halves(const int* in, int* out) {
  __shared__ int buffer[128];
  int half = threadIdx.x / 64, place = threadIdx.x % 64, base = half * 64;
  int value = in[threadIdx.x];
  for (int round = 0; round < 3 + half * 2; ++round) {
    buffer[base + place] = value;
    asm volatile("bar.sync %0, 64;" ::"r"(1 + half) : "memory");
    value = buffer[base + 63 - place] + 1;
    asm volatile("bar.sync %0, 64;" ::"r"(1 + half) : "memory");
  }
  out[threadIdx.x] = value;
}

// Warp 0 fills the buffer and only arrives; warp 1 waits, adds, and hands the buffer back. Barriers 4 and 5, 64
// threads.
__global__ void producer_consumer(const int* in, int* out, int rounds) {
  __shared__ int buffer[32];
  int lane = threadIdx.x % 32, sum = 0;
  if (threadIdx.x < 32) {
    for (int round = 0; round < rounds; ++round) {
      asm volatile("bar.sync 5, 64;" ::: "memory");
      buffer[lane] = in[round * 32 + lane];
      asm volatile("bar.arrive 4, 64;" ::: "memory");
    }
  } else {
    for (int round = 0; round < rounds; ++round) {
      asm volatile("bar.arrive 5, 64;" ::: "memory");
      asm volatile("bar.sync 4, 64;" ::: "memory");
      sum += buffer[31 - lane] * (round + 1);
    }
    out[lane] = sum;
  }
}

// Reductions at a named barrier over part of the block, as PTX has them: popc, and, or.
__global__ void named_reductions(int* out) {
  int part = threadIdx.x / 96, result = 0, popc = 0;
  bool flag = threadIdx.x % 3 == 0;
  asm volatile(
      "{ .reg .pred p, q; setp.ne.s32 p, %2, 0;\n"
      "  bar.red.popc.u32 %0, %3, 96, p;\n"
      "  bar.red.or.pred q, %3, 96, p;\n"
      "  selp.s32 %1, 1, 0, q; }"
      : "=r"(popc), "=r"(result)
      : "r"(int(flag && part == 0)), "r"(part + 2)
      : "memory");
  out[threadIdx.x] = popc * 2 + result;
}

static long check_reductions() {
  const int blocks = 3, threads = 100;
  std::vector<int> in(blocks * threads), want(in.size());
  for (int i = 0; i < blocks * threads; ++i) in[i] = (i * 37) % 11 - 5;
  in[130] = 77;
  for (int block = 0; block < blocks; ++block) {
    int count = 0;
    for (int i = 0; i < threads; ++i) count += in[block * threads + i] > 0;
    for (int i = 0; i < threads; ++i) want[block * threads + i] = count * 16 + 8 + (block == 1) * 2;
  }
  check::Buffer<int> device_in(in), out(in.size());
  reductions<<<blocks, threads>>>(device_in.get(), out.get());
  check::must_launch();
  return check::differences(out.download(), want);
}

static long check_halves() {
  std::vector<int> in(128), want(128);
  for (int i = 0; i < 128; ++i) in[i] = i * i;
  for (int i = 0; i < 128; ++i) {  // an odd number of turns: 3, 5
    int half = i / 64;
    want[i] = in[half * 64 + 63 - i % 64] + 3 + half * 2;
  }
  check::Buffer<int> device_in(in), out(128);
  halves<<<1, 128>>>(device_in.get(), out.get());
  check::must_launch();
  return check::differences(out.download(), want);
}

static long check_producer_consumer() {
  const int rounds = 5;
  std::vector<int> in(rounds * 32), want(32, 0);
  for (int i = 0; i < rounds * 32; ++i) in[i] = 3 * i + 1;
  for (int lane = 0; lane < 32; ++lane) {
    for (int round = 0; round < rounds; ++round) want[lane] += in[round * 32 + 31 - lane] * (round + 1);
  }
  check::Buffer<int> device_in(in), out(32);
  producer_consumer<<<1, 64>>>(device_in.get(), out.get(), rounds);
  check::must_launch();
  return check::differences(out.download(), want);
}

static long check_named_reductions() {
  std::vector<int> want(192, 0);
  for (int i = 0; i < 96; ++i) want[i] = 32 * 2 + 1;
  check::Buffer<int> out(192);
  named_reductions<<<1, 192>>>(out.get());
  check::must_launch();
  return check::differences(out.download(), want);
}

int main() {
  return check::verdict("barriers",
                        check_reductions() + check_halves() + check_producer_consumer() + check_named_reductions());
}
