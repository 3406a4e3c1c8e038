// 256 bins counted with global atomics, and with one histogram per block in shared memory merged at the end. Skewed
// input: many lanes of a warp meet in one bin.
#include "check.h"

constexpr int kBins = 256;

__global__ void histogram_global(const unsigned char* in, unsigned* bins, int count) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x)
    atomicAdd(&bins[in[i]], 1u);
}

__global__ void histogram_shared(const unsigned char* in, unsigned* bins, int count) {
  __shared__ unsigned local[kBins];
  for (int bin = threadIdx.x; bin < kBins; bin += blockDim.x) local[bin] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x)
    atomicAdd(&local[in[i]], 1u);
  __syncthreads();
  for (int bin = threadIdx.x; bin < kBins; bin += blockDim.x) {
    if (local[bin] != 0) atomicAdd(&bins[bin], local[bin]);
  }
}

int main(int argc, char** argv) {
  int count = check::size_argument(argc, argv, 20000);
  check::Random random(6);
  std::vector<unsigned char> in(count);
  std::vector<unsigned> want(kBins, 0);
  for (int i = 0; i < count; ++i) {
    in[i] = i % 3 == 0 ? 7 : random.integer(0, 255);
    want[in[i]] += 1;
  }
  check::Buffer<unsigned char> device_in(in);
  check::Buffer<unsigned> global_bins(kBins), shared_bins(kBins);
  global_bins.fill_bytes(0);
  shared_bins.fill_bytes(0);
  histogram_global<<<5, 192>>>(device_in.get(), global_bins.get(), count);
  histogram_shared<<<5, 192>>>(device_in.get(), shared_bins.get(), count);
  check::must_launch();
  long wrong = check::differences(global_bins.download(), want) + check::differences(shared_bins.download(), want);
  return check::verdict("histogram", wrong);
}
