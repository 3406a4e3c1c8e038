// 96 KB of shared memory for one block, which a kernel must ask for: refused before, granted after.
#include "check.h"

constexpr int kWords = 96 * 1024 / 4;

extern __shared__ int words[];

__global__ void reverse(int* data, int count) {
  for (int i = threadIdx.x; i < count; i += blockDim.x) words[i] = data[blockIdx.x * count + i];
  __syncthreads();
  for (int i = threadIdx.x; i < count; i += blockDim.x) data[blockIdx.x * count + i] = words[count - 1 - i];
}

int main() {
  const int blocks = 2;
  std::vector<int> in(blocks * kWords), want(in.size());
  for (int i = 0; i < blocks * kWords; ++i) {
    in[i] = i * 7;
    want[i / kWords * kWords + kWords - 1 - i % kWords] = in[i];
  }
  check::Buffer<int> data(in);
  int optin = 0, usual = 0;
  check::must(cudaDeviceGetAttribute(&optin, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0));
  check::must(cudaDeviceGetAttribute(&usual, cudaDevAttrMaxSharedMemoryPerBlock, 0));
  if (optin < kWords * 4) {
    std::printf("shared_optin: SKIP (the device has %d bytes per block)\n", optin);
    return 77;
  }
  long wrong = 0;
  if (kWords * 4 > usual) {
    reverse<<<blocks, 256, kWords * 4>>>(data.get(), kWords);
    cudaError_t refused = cudaGetLastError();
    if (refused != cudaErrorInvalidValue)
      ++wrong, std::fprintf(stderr, "without asking: %s\n", cudaGetErrorName(refused));
  }
  check::must(cudaFuncSetAttribute(reverse, cudaFuncAttributeMaxDynamicSharedMemorySize, kWords * 4));
  cudaFuncAttributes attributes;
  check::must(cudaFuncGetAttributes(&attributes, reverse));
  if (attributes.maxDynamicSharedSizeBytes != kWords * 4) ++wrong, std::fprintf(stderr, "the attribute was not kept\n");
  reverse<<<blocks, 256, kWords * 4>>>(data.get(), kWords);
  check::must_launch();
  return check::verdict("shared_optin", wrong + check::differences(data.download(), want));
}
