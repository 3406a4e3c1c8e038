// The example: y = a * x + y on a million numbers, checked on the host. An ordinary CUDA program; it knows nothing of Qiao.
#include <cuda_runtime.h>

#include <cstdio>
#include <vector>

__global__ void saxpy(int count, float a, const float* x, float* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) y[i] = a * x[i] + y[i];
}

int main() {
  const int count = 1 << 20;
  std::vector<float> x(count), y(count);
  for (int i = 0; i < count; ++i) {
    x[i] = static_cast<float>(i % 1000);
    y[i] = static_cast<float>(i % 7);
  }
  float *device_x, *device_y;
  cudaMalloc(&device_x, count * sizeof(float));
  cudaMalloc(&device_y, count * sizeof(float));
  cudaMemcpy(device_x, x.data(), count * sizeof(float), cudaMemcpyHostToDevice);
  cudaMemcpy(device_y, y.data(), count * sizeof(float), cudaMemcpyHostToDevice);
  saxpy<<<(count + 255) / 256, 256>>>(count, 2.0f, device_x, device_y);
  std::vector<float> result(count);
  cudaMemcpy(result.data(), device_y, count * sizeof(float), cudaMemcpyDeviceToHost);
  if (cudaError_t error = cudaGetLastError()) return std::printf("saxpy: %s\n", cudaGetErrorString(error)), 1;

  int wrong = 0;
  for (int i = 0; i < count; ++i) wrong += result[i] != 2.0f * x[i] + y[i];  // whole numbers: exact
  cudaDeviceProp chip;
  cudaGetDeviceProperties(&chip, 0);
  std::printf("saxpy of %d numbers on \"%s\": %s\n", count, chip.name, wrong == 0 ? "correct" : "WRONG");
  cudaFree(device_x);
  cudaFree(device_y);
  return wrong == 0 ? 0 : 1;
}
