// Sums of whole numbers (exact in any order): a tree in shared memory; shuffles within warps and one value per warp in
// shared memory; and an all-lanes butterfly for the maximum.
#include <algorithm>

#include "check.h"

constexpr int kThreads = 256;

__global__ void reduce_shared(const int* in, int* out, int count) {
  __shared__ int partial[kThreads];
  int sum = 0;
  for (int i = blockIdx.x * kThreads + threadIdx.x; i < count; i += gridDim.x * kThreads) sum += in[i];
  partial[threadIdx.x] = sum;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) out[blockIdx.x] = partial[0];
}

__device__ int warp_sum(int value) {
  for (int offset = 16; offset > 0; offset /= 2) value += __shfl_down_sync(0xffffffffu, value, offset);
  return value;
}

__global__ void reduce_shuffle(const int* in, int* total, int count) {
  __shared__ int per_warp[kThreads / 32];
  int sum = 0;
  for (int i = blockIdx.x * kThreads + threadIdx.x; i < count; i += gridDim.x * kThreads) sum += in[i];
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) per_warp[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = warp_sum(threadIdx.x < kThreads / 32 ? per_warp[threadIdx.x] : 0);
    if (threadIdx.x == 0) atomicAdd(total, sum);
  }
}

// Every lane ends with the largest value of its warp.
__global__ void warp_max(const int* in, int* out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int value = in[i];
  for (int mask = 16; mask > 0; mask /= 2) value = max(value, __shfl_xor_sync(0xffffffffu, value, mask));
  out[i] = value;
}

int main(int argc, char** argv) {
  int count = check::size_argument(argc, argv, 20000) / 32 * 32;
  const int blocks = 7;
  check::Random random(4);
  std::vector<int> in(count);
  int sum = 0;
  for (int& value : in) sum += value = random.integer(-1000, 1000);
  check::Buffer<int> device_in(in), partial(blocks), total(1), largest(count);

  reduce_shared<<<blocks, kThreads>>>(device_in.get(), partial.get(), count);
  check::must_launch();
  int sum_shared = 0;
  for (int value : partial.download()) sum_shared += value;

  total.fill_bytes(0);
  reduce_shuffle<<<blocks, kThreads>>>(device_in.get(), total.get(), count);
  check::must_launch();

  warp_max<<<count / 32, 32>>>(device_in.get(), largest.get());
  check::must_launch();
  std::vector<int> want(count);
  for (int i = 0; i < count; ++i) want[i] = *std::max_element(&in[i / 32 * 32], &in[i / 32 * 32] + 32);

  long wrong = check::differences(std::vector<int>{sum_shared, total.download()[0]}, std::vector<int>{sum, sum});
  return check::verdict("block_reduce", wrong + check::differences(largest.download(), want));
}
