// Launches and allocations beyond the chip's limits, and calls with wrong arguments: each refused at once with its own
// error, none of which sticks: after every one of them a good launch works.
#include <cstring>

#include "check.h"

__global__ void increment(int* data) {
  data[threadIdx.x] += 1;
}

static check::Buffer<int>* data;
static long wrong = 0;
static int good_launches = 0;

static void good_launch() {
  increment<<<1, 32>>>(data->get());
  check::must_launch();
  ++good_launches;
}

static void expect(const char* what, cudaError_t got, cudaError_t want) {
  cudaGetLastError();
  if (got != want)
    ++wrong, std::fprintf(stderr, "%s: got %s, expected %s\n", what, cudaGetErrorName(got), cudaGetErrorName(want));
  good_launch();
}

static cudaError_t launched(dim3 grid, dim3 block, std::size_t shared = 0) {
  increment<<<grid, block, shared>>>(data->get());
  return cudaGetLastError();
}

static void check_launches() {
  int optin = 0;
  check::must(cudaDeviceGetAttribute(&optin, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0));
  expect("2048 threads", launched(1, 2048), cudaErrorInvalidConfiguration);
  expect("32 x 32 x 2 threads", launched(1, dim3(32, 32, 2)), cudaErrorInvalidConfiguration);
  expect("block z of 65", launched(1, dim3(1, 1, 65)), cudaErrorInvalidConfiguration);
  expect("no threads", launched(1, 0), cudaErrorInvalidConfiguration);
  expect("no blocks", launched(0, 32), cudaErrorInvalidConfiguration);
  expect("grid y of 65536", launched(dim3(1, 65536), 32), cudaErrorInvalidConfiguration);
  expect("too much shared memory", launched(1, 32, optin + 1024), cudaErrorInvalidValue);
}

static void check_memory() {
  void* pointer = nullptr;
  expect("a petabyte", cudaMalloc(&pointer, std::size_t{1} << 50), cudaErrorMemoryAllocation);
  std::size_t free_bytes = 0, total_bytes = 0;
  check::must(cudaMemGetInfo(&free_bytes, &total_bytes));
  expect("more than is there", cudaMalloc(&pointer, total_bytes + 1), cudaErrorMemoryAllocation);
  expect("freeing a host pointer", cudaFree(&free_bytes), cudaErrorInvalidValue);
  expect("no place for the pointer", cudaMalloc(nullptr, 16), cudaErrorInvalidValue);
  check::must(cudaMalloc(&pointer, 1000));
  char bytes[8] = {};
  expect("a direction that does not exist", cudaMemcpy(pointer, bytes, 8, static_cast<cudaMemcpyKind>(77)),
         cudaErrorInvalidMemcpyDirection);
  check::must(cudaFree(pointer));
  expect("freeing twice", cudaFree(pointer), cudaErrorInvalidValue);
  check::must(cudaFree(nullptr));
}

static void check_arguments() {
  expect("device 99", cudaSetDevice(99), cudaErrorInvalidDevice);
  cudaDeviceProp properties;
  expect("properties of device 99", cudaGetDeviceProperties(&properties, 99), cudaErrorInvalidDevice);
  int host_variable = 0;
  expect("a symbol that is none", cudaMemcpyToSymbol(&host_variable, &host_variable, 4), cudaErrorInvalidSymbol);
  cudaFuncAttributes attributes;
  expect("a kernel that is none", cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(&host_variable)),
         cudaErrorInvalidDeviceFunction);
}

int main() {
  check::Buffer<int> buffer(32);
  buffer.fill_bytes(0);
  data = &buffer;
  check_launches();
  check_memory();
  check_arguments();
  return check::verdict("bad_launch",
                        wrong + check::differences(buffer.download(), std::vector<int>(32, good_launches)));
}
