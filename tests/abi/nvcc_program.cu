// The smallest real program: who answers shows in Qiao's call trace.
#include <cuda_runtime.h>

#include <cstdio>

__global__ void kernel() {}
extern "C" int cudaCheckMine(int error) { return error + 42; }

int main(int argc, char**) {
  int version = 0;
  const int error = cudaRuntimeGetVersion(&version);
  std::printf("%d %d %d\n", error, version / 1000, cudaCheckMine(0));
  if (argc > 1) {
    kernel<<<1, 1>>>();
    return cudaDeviceSynchronize();
  }
  return 0;
}
