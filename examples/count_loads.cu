// What a kernel's loads cost, asked by the program itself (include/qiao/profiler.h): the same copy, read along rows and
// along columns. Where it does not run on Qiao it only computes.
#include <cuda_runtime.h>

#include <cstdio>
#include <vector>

#include "qiao/profiler.h"

constexpr int kSide = 256;

__global__ void copy(const float* from, float* to, bool along_rows) {
  const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y;
  to[y * kSide + x] = along_rows ? from[y * kSide + x] : from[x * kSide + y];
}

static bool run(const float* from, float* to, bool along_rows, double expected) {
  copy<<<dim3(kSide / 64, kSide), 64>>>(from, to, along_rows);
  cudaDeviceSynchronize();
  double sectors = 0;
  const int result = qiao_profiler_last("gmem.ld.sectors_per_req", &sectors);
  if (result == QIAO_PROFILER_ABSENT) return std::printf("not counted: this is not Qiao\n"), true;
  if (result == QIAO_PROFILER_NO_VALUE) return std::printf("not counted: the kernel ran in lane mode\n"), true;
  std::printf("%s: %.2f sectors per load\n", along_rows ? "along rows" : "along columns", sectors);
  return sectors == expected;
}

int main() {
  float *from, *to;
  cudaMalloc(&from, kSide * kSide * sizeof(float));
  cudaMalloc(&to, kSide * kSide * sizeof(float));
  cudaMemset(from, 0, kSide * kSide * sizeof(float));
  qiao_profiler_enable(QIAO_PROFILER_MEMORY);
  const bool right = run(from, to, true, 4) && run(from, to, false, 32);
  if (cudaError_t error = cudaGetLastError()) return std::printf("%s\n", cudaGetErrorString(error)), 1;
  return right ? 0 : 1;
}
