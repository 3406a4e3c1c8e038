// A prefix sum in one pass: each block publishes its own sum and looks back at those before it until one has published
// its prefix (decoupled look-back), once with a thread that looks and once with a warp. Blocks are numbered as they
// start. Then a barrier of an ordinary launch, which waits for blocks that start later. Whole numbers.
#include "check.h"

constexpr int kThreads = 64;
constexpr unsigned kSum = 1, kPrefix = 2;

__device__ unsigned long long packed(unsigned state, unsigned value) {
  return static_cast<unsigned long long>(state) << 32 | value;
}

__device__ unsigned long long peek(unsigned long long* at) {
  return *static_cast<volatile unsigned long long*>(at);
}

__device__ unsigned look_by_thread(unsigned long long* status, int block) {
  unsigned before = 0;
  for (int other = block - 1; other >= 0; --other) {
    unsigned long long seen;
    do {
      seen = peek(&status[other]);
    } while (seen >> 32 == 0);
    before += static_cast<unsigned>(seen);
    if (seen >> 32 == kPrefix) break;
  }
  return before;
}

__device__ unsigned look_by_warp(unsigned long long* status, int block) {
  unsigned before = 0;
  for (int last = block - 1; last >= 0; last -= 32) {
    const int other = last - static_cast<int>(threadIdx.x);
    unsigned long long seen;
    do {
      seen = other >= 0 ? peek(&status[other]) : packed(kPrefix, 0);
    } while (__any_sync(0xffffffff, seen >> 32 == 0));
    const unsigned ends = __ballot_sync(0xffffffff, seen >> 32 == kPrefix);
    const int stop = ends ? __ffs(ends) - 1 : 31;
    unsigned value = static_cast<int>(threadIdx.x) <= stop ? static_cast<unsigned>(seen) : 0;
    for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffff, value, step);
    before += value;
    if (ends) break;
  }
  return before;
}

template <bool kByWarp>
__global__ void scan(const unsigned* in, unsigned* out, unsigned long long* status, unsigned* started) {
  __shared__ unsigned values[kThreads], number, before;
  if (threadIdx.x == 0) number = atomicAdd(started, 1u);
  __syncthreads();
  const int block = number, i = block * kThreads + threadIdx.x;
  values[threadIdx.x] = in[i];
  __syncthreads();
  for (int step = 1; step < kThreads; step *= 2) {
    const unsigned add = threadIdx.x >= step ? values[threadIdx.x - step] : 0;
    __syncthreads();
    values[threadIdx.x] += add;
    __syncthreads();
  }
  const unsigned sum = values[kThreads - 1];
  if (threadIdx.x == 0) atomicExch(&status[block], packed(block == 0 ? kPrefix : kSum, sum));
  if (kByWarp && threadIdx.x < 32) {
    const unsigned found = look_by_warp(status, block);
    if (threadIdx.x == 0) before = found;
  }
  if (!kByWarp && threadIdx.x == 0) before = look_by_thread(status, block);
  __syncthreads();
  if (threadIdx.x == 0) atomicExch(&status[block], packed(kPrefix, before + sum));
  out[i] = before + values[threadIdx.x];
}

// Every block waits until all have come; `flag` is a plain int that a fence makes the compiler read again.
__global__ void meet(int* arrived, int* flag, int* out) {
  if (threadIdx.x == 0) {
    __threadfence();
    if (atomicAdd(arrived, 1) + 1 == static_cast<int>(gridDim.x)) atomicExch(flag, 1);
    while (*flag == 0) __threadfence();
  }
  __syncthreads();
  out[blockIdx.x * blockDim.x + threadIdx.x] = *static_cast<volatile int*>(arrived);
}

int main(int argc, char** argv) {
  const int blocks = check::size_argument(argc, argv, 70), count = blocks * kThreads;
  check::Random random(5);
  std::vector<unsigned> in(count), want(count);
  unsigned sum = 0;
  for (int i = 0; i < count; ++i) in[i] = random.next() >> 12, want[i] = sum += in[i];
  check::Buffer<unsigned> from(in), to(count), started(1);
  check::Buffer<unsigned long long> status(blocks);
  long wrong = 0;
  for (auto kernel : {scan<false>, scan<true>}) {
    to.fill_bytes(0), status.fill_bytes(0), started.fill_bytes(0);
    kernel<<<blocks, kThreads>>>(from.get(), to.get(), status.get(), started.get());
    check::must_launch();
    wrong += check::differences(to.download(), want);
  }
  const int meeting = 8;  // few enough to be on any chip at once
  check::Buffer<int> words(2), out(meeting * kThreads);
  words.fill_bytes(0);
  meet<<<meeting, kThreads>>>(words.get(), words.get() + 1, out.get());
  check::must_launch();
  wrong += check::differences(out.download(), std::vector<int>(meeting * kThreads, meeting));
  return check::verdict("look_back_scan", wrong);
}
