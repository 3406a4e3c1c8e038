// Inclusive prefix sums of whole numbers in three ways: Hillis-Steele and Blelloch in shared memory, shuffles per warp.
// Three launches make the scan of the whole array from those of its blocks.
#include "check.h"

constexpr int kThreads = 128;

__device__ int scan_hillis_steele(int value, int* shared) {
  shared[threadIdx.x] = value;
  __syncthreads();
  for (int offset = 1; offset < kThreads; offset *= 2) {
    int add = threadIdx.x >= offset ? shared[threadIdx.x - offset] : 0;
    __syncthreads();
    shared[threadIdx.x] += add;
    __syncthreads();
  }
  return shared[threadIdx.x];
}

__device__ int scan_blelloch(int value, int* shared) {
  shared[threadIdx.x] = value;
  for (int stride = 1; stride < kThreads; stride *= 2) {
    __syncthreads();
    int right = (threadIdx.x + 1) * stride * 2 - 1;
    if (right < kThreads) shared[right] += shared[right - stride];
  }
  if (threadIdx.x == 0) shared[kThreads - 1] = 0;
  for (int stride = kThreads / 2; stride > 0; stride /= 2) {
    __syncthreads();
    int right = (threadIdx.x + 1) * stride * 2 - 1;
    if (right < kThreads) {
      int left = shared[right - stride];
      shared[right - stride] = shared[right];
      shared[right] += left;
    }
  }
  __syncthreads();
  return shared[threadIdx.x] + value;
}

__device__ int scan_shuffle(int value, int* shared) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int offset = 1; offset < 32; offset *= 2) {
    int from = __shfl_up_sync(0xffffffffu, value, offset);
    if (lane >= offset) value += from;
  }
  if (lane == 31) shared[warp] = value;
  __syncthreads();
  for (int before = 0; before < warp; ++before) value += shared[before];
  return value;
}

template <int kWay>
__global__ void scan_blocks(const int* in, int* out, int* sums, int count) {
  __shared__ int shared[kThreads];
  int i = blockIdx.x * kThreads + threadIdx.x;
  int value = i < count ? in[i] : 0;
  int sum = kWay == 0   ? scan_hillis_steele(value, shared)
            : kWay == 1 ? scan_blelloch(value, shared)
                        : scan_shuffle(value, shared);
  if (i < count) out[i] = sum;
  if (sums != nullptr && threadIdx.x == kThreads - 1) sums[blockIdx.x] = sum;
}

__global__ void add_block_offsets(int* out, const int* sums, int count) {
  int i = blockIdx.x * kThreads + threadIdx.x;
  if (blockIdx.x > 0 && i < count) out[i] += sums[blockIdx.x - 1];
}

template <int kWay>
static long run(const std::vector<int>& in, const std::vector<int>& want) {
  int count = in.size(), blocks = (count + kThreads - 1) / kThreads;
  check::Buffer<int> device_in(in), out(count), sums(blocks), offsets(blocks);
  scan_blocks<kWay><<<blocks, kThreads>>>(device_in.get(), out.get(), sums.get(), count);
  scan_blocks<kWay><<<1, kThreads>>>(sums.get(), offsets.get(), nullptr, blocks);
  add_block_offsets<<<blocks, kThreads>>>(out.get(), offsets.get(), count);
  check::must_launch();
  return check::differences(out.download(), want);
}

int main(int argc, char** argv) {
  int count = check::size_argument(argc, argv, 3000);  // at most kThreads * kThreads
  check::Random random(5);
  std::vector<int> in(count), want(count);
  int sum = 0;
  for (int i = 0; i < count; ++i) want[i] = sum += in[i] = random.integer(-50, 100);
  return check::verdict("block_scan", run<0>(in, want) + run<1>(in, want) + run<2>(in, want));
}
