// Warps of one block that wait for each other through memory: producers fill a ring in shared memory and consumers empty
// it, a chain of warps passes a value on against the order of their numbers, and lanes of one warp wait for a lane of
// their own. The host is waited for, too: a kernel that runs until the host writes. Whole numbers.
#include "check.h"

constexpr int kSlots = 4, kItems = 40;

__device__ int peek(const int* at) {
  return *static_cast<const volatile int*>(at);
}
__device__ void poke(int* at, int value) {
  *static_cast<volatile int*>(at) = value;
}

// Warp 0 produces, warp 1 consumes: an item is one word per lane.
__global__ void ring(const int* in, int* out) {
  __shared__ int slots[kSlots][32], filled, emptied;
  if (threadIdx.x == 0) filled = emptied = 0;
  __syncthreads();
  const int lane = threadIdx.x % 32;
  for (int item = 0; item < kItems; ++item) {
    int* slot = &slots[item % kSlots][lane];
    if (threadIdx.x < 32) {
      while (peek(&emptied) + kSlots <= item) {
      }
      poke(slot, in[item * 32 + lane]);
      __threadfence_block();
      __syncwarp();
      if (lane == 0) poke(&filled, item + 1);
    } else {
      while (peek(&filled) <= item) {
      }
      __threadfence_block();
      out[item * 32 + lane] = 2 * peek(slot);
      __syncwarp();
      if (lane == 0) poke(&emptied, item + 1);
    }
  }
}

// The last warp starts; each waits for the one after it.
__global__ void chain(int* out) {
  __shared__ int passed[33];
  const int warp = threadIdx.x / 32, warps = blockDim.x / 32;
  passed[warp] = 0;
  if (threadIdx.x == 0) passed[warps] = 1;
  __syncthreads();
  int value;
  do {
    value = peek(&passed[warp + 1]);
  } while (__any_sync(0xffffffff, value == 0));
  __syncwarp();
  if (threadIdx.x % 32 == 0) poke(&passed[warp], value + warp);
  out[threadIdx.x] = value;
}

// Even lanes wait for the odd lane beside them, which starts behind a branch.
__global__ void lanes(int* flags, int* out) {
  const int me = blockIdx.x * blockDim.x + threadIdx.x;
  if (me % 2 == 0) {
    int seen = 0;
    while (seen == 0) seen = peek(&flags[me + 1]);
    out[me] = seen + 1;
  } else {
    out[me] = me;
    __threadfence();
    poke(&flags[me], 10 * me);
  }
}

__global__ void until_told(int* flag, int* turns) {
  int count = 0;
  while (peek(flag) == 0) ++count;
  if (threadIdx.x == 0) turns[blockIdx.x] = count >= 0 ? 5 : 6;
}

int main() {
  std::vector<int> in(kItems * 32), want(kItems * 32);
  for (int i = 0; i < kItems * 32; ++i) in[i] = 7 * i, want[i] = 14 * i;
  check::Buffer<int> from(in), to(kItems * 32);
  ring<<<1, 64>>>(from.get(), to.get());
  check::must_launch();
  long wrong = check::differences(to.download(), want);

  const int warps = 8;
  check::Buffer<int> out(warps * 32);
  chain<<<1, warps * 32>>>(out.get());
  check::must_launch();
  want.assign(warps * 32, 0);
  for (int warp = warps - 1, value = 1; warp >= 0; value += warp--) {
    for (int lane = 0; lane < 32; ++lane) want[warp * 32 + lane] = value;
  }
  wrong += check::differences(out.download(), want);

  check::Buffer<int> flags(warps * 32);
  flags.fill_bytes(0);
  lanes<<<2, warps * 16>>>(flags.get(), out.get());
  check::must_launch();
  for (int i = 0; i < warps * 32; ++i) want[i] = i % 2 ? i : 10 * (i + 1) + 1;
  wrong += check::differences(out.download(), want);

  int* flag = nullptr;
  check::must(cudaMallocHost(&flag, sizeof *flag));
  *flag = 0;
  check::Buffer<int> turns(2);
  cudaStream_t stream;
  check::must(cudaStreamCreate(&stream));
  until_told<<<2, 64, 0, stream>>>(flag, turns.get());
  check::must(cudaGetLastError());
  if (cudaStreamQuery(stream) != cudaErrorNotReady) ++wrong, std::fprintf(stderr, "the kernel did not wait\n");
  cudaGetLastError();
  *static_cast<volatile int*>(flag) = 1;
  check::must_launch();
  wrong += check::differences(turns.download(), std::vector<int>{5, 5});
  return check::verdict("waiting_warps", wrong);
}
