// A kernel that reads or writes where it must not. The program gets the right error at the synchronisation, gets it
// again from the calls that follow (it is sticky), and itself lives on.
//   bad_access far|null|host|misaligned|shared
#include <cstring>

#include "check.h"

__global__ void store(int* where) {
  if (threadIdx.x == 5) where[0] = 42;
}

__global__ void load(const int* where, int* out) {
  out[threadIdx.x] = where[threadIdx.x];
}

// The index comes from memory, so that no compiler sees it.
__global__ void store_shared(const int* index) {
  __shared__ int words[32];
  volatile int* volatile_words = words;
  volatile_words[index[0] + threadIdx.x] = 1;
}

int main(int argc, char** argv) {
  const char* kind = argc > 1 ? argv[1] : "far";
  check::Buffer<int> good(64), index(1);
  static int on_the_host[64];
  cudaError_t want = cudaErrorIllegalAddress;
  if (std::strcmp(kind, "far") == 0) {
    load<<<1, 32>>>(good.get() + (1ll << 42), good.get());
  } else if (std::strcmp(kind, "null") == 0) {
    store<<<2, 32>>>(nullptr);
  } else if (std::strcmp(kind, "host") == 0) {
    int pageable = 0;
    check::must(cudaDeviceGetAttribute(&pageable, cudaDevAttrPageableMemoryAccess, 0));
    if (pageable != 0) return std::printf("bad_access host: SKIP (the device may read pageable memory)\n"), 77;
    load<<<1, 32>>>(on_the_host, good.get());
  } else if (std::strcmp(kind, "misaligned") == 0) {
    want = cudaErrorMisalignedAddress;
    store<<<1, 32>>>(reinterpret_cast<int*>(reinterpret_cast<char*>(good.get()) + 2));
  } else if (std::strcmp(kind, "shared") == 0) {
    index.upload({1 << 24});
    store_shared<<<1, 32>>>(index.get());
  } else {
    return std::fprintf(stderr, "usage: bad_access far|null|host|misaligned|shared\n"), 2;
  }
  check::must(cudaGetLastError());
  cudaError_t got = cudaDeviceSynchronize();
  void* more = nullptr;
  cudaError_t again = cudaMalloc(&more, 64);
  std::printf("bad_access %s: %s, then %s: %s\n", kind, cudaGetErrorName(got), cudaGetErrorName(again),
              got == want && again == want ? "PASS" : "FAIL");
  return got == want && again == want ? 0 : 1;
}
