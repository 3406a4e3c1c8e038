// A grid whose blocks wait for each other: a cooperative launch that shifts an array step by step, as large as the chip
// holds at once; one block more is refused, and so is the barrier in an ordinary launch. Whole numbers.
#include <cooperative_groups.h>

#include "check.h"

namespace cg = cooperative_groups;

__global__ void shift(int* data, int* halves, int rounds) {
  cg::grid_group grid = cg::this_grid();
  const int me = static_cast<int>(grid.thread_rank()), count = static_cast<int>(grid.size());
  for (int round = 0; round < rounds; ++round) {
    const int next = data[(me + 1) % count];
    grid.sync();
    data[me] = next + 1;
    grid.sync();
  }
  if (threadIdx.x == 0) halves[blockIdx.x] = data[(me + count / 2) % count];
}

__global__ void valid(int* out) {
  if (threadIdx.x == 0) *out = cg::this_grid().is_valid();
}

static long run(int blocks, int threads, bool extended) {
  const int count = blocks * threads, rounds = 5;
  std::vector<int> start(count), want(count), want_halves(blocks);
  for (int i = 0; i < count; ++i) start[i] = 3 * i;
  for (int i = 0; i < count; ++i) want[i] = start[(i + rounds) % count] + rounds;
  for (int i = 0; i < blocks; ++i) want_halves[i] = want[(i * threads + count / 2) % count];
  check::Buffer<int> data(start), halves(blocks);
  int *data_pointer = data.get(), *halves_pointer = halves.get(), turns = rounds;
  void* arguments[] = {&data_pointer, &halves_pointer, &turns};
  if (extended) {
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeCooperative;
    attribute.val.cooperative = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(blocks);
    config.blockDim = dim3(threads);
    config.attrs = &attribute;
    config.numAttrs = 1;
    check::must(cudaLaunchKernelExC(&config, reinterpret_cast<void*>(shift), arguments));
  } else {
    check::must(cudaLaunchCooperativeKernel(reinterpret_cast<void*>(shift), dim3(blocks), dim3(threads), arguments, 0, 0));
  }
  check::must_launch();
  return check::differences(data.download(), want) + check::differences(halves.download(), want_halves);
}

int main() {
  int supported = 0, each = 0;
  cudaDeviceProp device;
  check::must(cudaDeviceGetAttribute(&supported, cudaDevAttrCooperativeLaunch, 0));
  check::must(cudaGetDeviceProperties(&device, 0));
  if (!supported) return std::fprintf(stderr, "no cooperative launches\n"), 77;
  long wrong = run(7, 96, false) + run(3, 33, true);

  const int threads = 1024;
  check::must(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&each, shift, threads, 0));
  const int most = each * device.multiProcessorCount;
  wrong += run(most, threads, false);
  void* arguments[3] = {};
  int* nowhere = nullptr;
  int none = 0;
  arguments[0] = arguments[1] = &nowhere, arguments[2] = &none;
  const cudaError_t large = cudaLaunchCooperativeKernel(reinterpret_cast<void*>(shift), dim3(most + 1), dim3(threads),
                                                        arguments, 0, 0);
  if (large != cudaErrorCooperativeLaunchTooLarge || cudaGetLastError() != large) {
    ++wrong, std::fprintf(stderr, "a launch that is too large gives %s\n", cudaGetErrorName(large));
  }

  check::Buffer<int> out(1);
  int* pointer = out.get();
  void* of_valid[] = {&pointer};
  valid<<<2, 32>>>(pointer);
  check::must_launch();
  if (out.download()[0] != 0) ++wrong, std::fprintf(stderr, "an ordinary launch has a grid barrier\n");
  check::must(cudaLaunchCooperativeKernel(reinterpret_cast<void*>(valid), dim3(2), dim3(32), of_valid, 0, 0));
  check::must_launch();
  if (out.download()[0] != 1) ++wrong, std::fprintf(stderr, "a cooperative launch has no grid barrier\n");
  return check::verdict("grid_sync", wrong);
}
