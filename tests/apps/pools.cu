// Stream-ordered allocation: reuse in one stream at once and across streams in order, statistics, release threshold and
// trimming, a pool of the program's own with a bound, and the errors.
#include "check.h"

__global__ void set(int* to, int value, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) to[i] = value;
}
__global__ void add(int* to, const int* from, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) to[i] += from[i];
}

namespace {

using check::must;
constexpr int kCount = 1 << 16;
constexpr size_t kBytes = kCount * sizeof(int);
long wrong = 0;

void expect(bool good, const char* what, int line = __builtin_LINE()) {
  if (good) return;
  ++wrong;
  std::fprintf(stderr, "line %d: %s\n", line, what);
}

uint64_t statistic(cudaMemPool_t pool, cudaMemPoolAttr attribute) {
  uint64_t value = ~0ull;
  must(cudaMemPoolGetAttribute(pool, attribute, &value));
  return value;
}

void chain(cudaStream_t stream) {
  // Each turn frees what the next may get: the order of the stream alone keeps them apart.
  int* sum = nullptr;
  must(cudaMallocAsync(&sum, kBytes, stream));
  must(cudaMemsetAsync(sum, 0, kBytes, stream));
  for (int turn = 1; turn <= 20; ++turn) {
    int* part = nullptr;
    must(cudaMallocAsync(&part, kBytes, stream));
    set<<<kCount / 256, 256, 0, stream>>>(part, turn, kCount);
    add<<<kCount / 256, 256, 0, stream>>>(sum, part, kCount);
    must(cudaFreeAsync(part, stream));
  }
  std::vector<int> host(kCount);
  must(cudaMemcpyAsync(host.data(), sum, kBytes, cudaMemcpyDeviceToHost, stream));
  must(cudaFreeAsync(sum, stream));
  must(cudaStreamSynchronize(stream));
  wrong += check::differences(host, std::vector<int>(kCount, 210));
}

void across(cudaStream_t first, cudaStream_t second) {
  cudaEvent_t written;
  must(cudaEventCreateWithFlags(&written, cudaEventDisableTiming));
  int *a = nullptr, *b = nullptr;
  must(cudaMallocAsync(&a, kBytes, first));
  set<<<kCount / 256, 256, 0, first>>>(a, 7, kCount);
  must(cudaEventRecord(written, first));
  must(cudaStreamWaitEvent(second, written, 0));
  must(cudaMallocAsync(&b, kBytes, second));
  must(cudaMemcpyAsync(b, a, kBytes, cudaMemcpyDeviceToDevice, second));
  must(cudaFreeAsync(a, second));
  std::vector<int> host(kCount);
  must(cudaMemcpyAsync(host.data(), b, kBytes, cudaMemcpyDeviceToHost, second));
  must(cudaFreeAsync(b, second));
  must(cudaStreamSynchronize(second));
  wrong += check::differences(host, std::vector<int>(kCount, 7));
  must(cudaEventDestroy(written));
}

void statistics(cudaMemPool_t pool, cudaStream_t stream) {
  uint64_t keep = ~0ull, zero = 0;
  must(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep));
  must(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemHigh, &zero));
  void *a = nullptr, *b = nullptr;
  must(cudaMallocAsync(&a, 10 << 20, stream));
  must(cudaMallocAsync(&b, 6 << 20, stream));
  expect(statistic(pool, cudaMemPoolAttrUsedMemCurrent) == 16 << 20, "used memory with two blocks");
  expect(statistic(pool, cudaMemPoolAttrReservedMemCurrent) >= 16 << 20, "reserved less than used");
  must(cudaFreeAsync(a, stream));
  expect(statistic(pool, cudaMemPoolAttrUsedMemCurrent) == 6 << 20, "used memory with one block");
  must(cudaFreeAsync(b, stream));
  must(cudaStreamSynchronize(stream));
  expect(statistic(pool, cudaMemPoolAttrUsedMemCurrent) == 0, "used memory with none");
  expect(statistic(pool, cudaMemPoolAttrUsedMemHigh) == 16 << 20, "high water of used memory");
  expect(statistic(pool, cudaMemPoolAttrReservedMemCurrent) >= 16 << 20, "the threshold did not keep memory");
  must(cudaMemPoolTrimTo(pool, 0));
  expect(statistic(pool, cudaMemPoolAttrReservedMemCurrent) == 0, "trimming left unused memory");
  must(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &zero));
  must(cudaMallocAsync(&a, 10 << 20, stream));
  must(cudaFreeAsync(a, stream));
  must(cudaStreamSynchronize(stream));
  expect(statistic(pool, cudaMemPoolAttrReservedMemCurrent) == 0, "a threshold of 0 kept memory");
}

void own_pool(cudaStream_t stream) {
  cudaMemPoolProps props = {};
  props.allocType = cudaMemAllocationTypePinned;
  props.location.type = cudaMemLocationTypeDevice;
  props.location.id = 0;
  cudaMemPool_t pool, current, standard;
  must(cudaMemPoolCreate(&pool, &props));
  int *a = nullptr, *b = nullptr;
  must(cudaMallocFromPoolAsync(&a, kBytes, pool, stream));
  expect(statistic(pool, cudaMemPoolAttrUsedMemCurrent) == kBytes, "memory of a pool is not counted there");
  cudaPointerAttributes attributes;
  must(cudaPointerGetAttributes(&attributes, a));
  expect(attributes.type == cudaMemoryTypeDevice, "pool memory is not device memory");
  must(cudaDeviceSetMemPool(0, pool));
  must(cudaDeviceGetMemPool(&current, 0));
  expect(current == pool, "the device does not allocate from the pool it was given");
  must(cudaMallocAsync(&b, kBytes, stream));
  expect(statistic(pool, cudaMemPoolAttrUsedMemCurrent) == 2 * kBytes, "the current pool is not used");
  cudaMemAccessFlags flags;
  must(cudaMemPoolGetAccess(&flags, pool, &props.location));
  expect(flags == cudaMemAccessFlagsProtReadWrite, "the pool's device may not use it");
  must(cudaFree(a));  // waits, then frees
  must(cudaMemPoolDestroy(pool));
  set<<<kCount / 256, 256, 0, stream>>>(b, 3, kCount);  // outlives its pool's handle
  must(cudaFreeAsync(b, stream));
  must(cudaStreamSynchronize(stream));
  must(cudaDeviceGetMemPool(&current, 0));
  must(cudaDeviceGetDefaultMemPool(&standard, 0));
  expect(current == standard, "the default pool is not current after the current one went");
}

void errors(cudaStream_t stream) {
  int on_host = 0;
  void* pointer = nullptr;
  expect(cudaFreeAsync(&on_host, stream) == cudaErrorInvalidValue, "a host pointer was freed");
  size_t free_bytes = 0, total = 0, after = 0;
  must(cudaMemGetInfo(&free_bytes, &total));
  expect(cudaMallocAsync(&pointer, total * 4, stream) == cudaErrorMemoryAllocation, "more than there is was given");
  must(cudaMemGetInfo(&after, &total));
  expect(after >= free_bytes, "a failed allocation took memory");
  cudaGetLastError();
  must(cudaMalloc(&pointer, 1000));
  must(cudaFreeAsync(pointer, stream));
  must(cudaStreamSynchronize(stream));
  expect(cudaFreeAsync(pointer, stream) == cudaErrorInvalidValue, "memory was freed twice");
  cudaGetLastError();
}

}  // namespace

int main() {
  int supported = 0;
  must(cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, 0));
  if (supported == 0) return 77;
  cudaStream_t first, second;
  must(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking));
  must(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
  cudaMemPool_t pool;
  must(cudaDeviceGetDefaultMemPool(&pool, 0));
  chain(first);
  across(first, second);
  statistics(pool, first);
  own_pool(second);
  errors(first);
  must(cudaStreamDestroy(first));
  must(cudaStreamDestroy(second));
  return check::verdict("pools", wrong);
}
