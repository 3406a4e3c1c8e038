// Device malloc keeps to cudaLimitMallocHeapSize, and recursion with large local arrays gets what cudaLimitStackSize
// promises.
#include "check.h"

constexpr int kBlocks = 64;
constexpr std::size_t kBytes = 256 << 10;

// How many of 64 blocks of 256 KB the heap gives; all are freed again.
__global__ void fill_heap(int* out) {
  char* blocks[kBlocks];
  int got = 0, intact = 0;
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = static_cast<char*>(malloc(kBytes));
    if (blocks[i] == nullptr) continue;
    ++got;
    blocks[i][0] = static_cast<char>(i);
    blocks[i][kBytes - 1] = static_cast<char>(i + 1);
  }
  for (int i = 0; i < kBlocks; ++i) {
    if (blocks[i] != nullptr)
      intact += blocks[i][0] == static_cast<char>(i) && blocks[i][kBytes - 1] == static_cast<char>(i + 1);
    free(blocks[i]);
  }
  out[0] = got;
  out[1] = intact;
}

__device__ __noinline__ int deep(int n, int seed) {
  volatile int room[256];
  for (int i = 0; i < 256; ++i) room[i] = seed + i;
  const int below = n > 0 ? deep(n - 1, room[n % 256]) : 0;
  int sum = below;
  for (int i = 0; i < 256; i += 51) sum += room[i] - seed;
  return sum;
}

__global__ void recurse(int* out, int n) {
  out[threadIdx.x] = deep(n, static_cast<int>(threadIdx.x));
}

int main() {
  check::must(cudaDeviceSetLimit(cudaLimitMallocHeapSize, 8 << 20));
  check::must(cudaDeviceSetLimit(cudaLimitStackSize, 96 << 10));
  check::Buffer<int> out(64);
  long wrong = 0;
  for (int round = 0; round < 2; ++round) {
    fill_heap<<<1, 1>>>(out.get());
    check::must_launch();
    const std::vector<int> got = out.download();
    wrong += got[0] < 24 || got[0] > 32 || got[1] != got[0];
  }
  constexpr int kDepth = 60;
  recurse<<<1, 64>>>(out.get(), kDepth);
  check::must_launch();
  const std::vector<int> sums = out.download();
  for (int sum : sums) wrong += sum != (kDepth + 1) * (0 + 51 + 102 + 153 + 204 + 255);
  std::printf("device_limits: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
