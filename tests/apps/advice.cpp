// Advice on managed memory and prefetches, and what cuMemRangeGetAttribute tells of them: on the whole, on parts, on
// ranges over parts of which different things were said, and after the memory is gone.
#include <vector>

#include "driver_api.h"

namespace {

constexpr int kHost = -1, kNowhere = -2, kReadMostly = 1, kPreferred = 2, kAccessedBy = 3, kPrefetched = 4;
constexpr int kSetReadMostly = 1, kUnsetReadMostly = 2, kSetPreferred = 3, kUnsetPreferred = 4, kSetAccessedBy = 5;
constexpr std::size_t kPages = 2 << 20;

struct Managed {
  CUresult (*set_pointer)(const void*, int, CUdeviceptr);
  CUresult (*get_pointer)(void*, int, CUdeviceptr);
  CUresult (*allocate)(CUdeviceptr*, std::size_t, unsigned);
  CUresult (*advise)(CUdeviceptr, std::size_t, int, CUdevice);
  CUresult (*prefetch)(CUdeviceptr, std::size_t, CUdevice, CUstream);
  CUresult (*get)(void*, std::size_t, int, CUdeviceptr, std::size_t);
  CUresult (*get_all)(void**, std::size_t*, int*, std::size_t, CUdeviceptr, std::size_t);
};

Managed cuda;
long wrong = 0;

void expect(long got, long want, int line = __builtin_LINE()) {
  if (got == want) return;
  ++wrong;
  std::fprintf(stderr, "line %d: got %ld, expected %ld\n", line, got, want);
}

int get(int attribute, CUdeviceptr pointer, std::size_t bytes) {
  int value = 77;
  expect(cuda.get(&value, sizeof value, attribute, pointer, bytes), kSuccess);
  return value;
}

void advice(CUdeviceptr data) {
  expect(get(kReadMostly, data, 2 * kPages), 0);
  expect(get(kPreferred, data, 2 * kPages), kNowhere);
  expect(get(kPrefetched, data, 2 * kPages), kNowhere);
  expect(cuda.advise(data, kPages, kSetReadMostly, 0), kSuccess);
  expect(get(kReadMostly, data, kPages), 1);
  expect(get(kReadMostly, data + kPages, kPages), 0);
  expect(get(kReadMostly, data, 2 * kPages), 0);
  expect(cuda.advise(data, 2 * kPages, kSetReadMostly, 0), kSuccess);
  expect(get(kReadMostly, data, 2 * kPages), 1);
  expect(cuda.advise(data + kPages, kPages, kUnsetReadMostly, 0), kSuccess);
  expect(get(kReadMostly, data, 2 * kPages), 0);
  expect(cuda.advise(data, 2 * kPages, kSetPreferred, 0), kSuccess);
  expect(get(kPreferred, data, 2 * kPages), 0);
  expect(cuda.advise(data, kPages, kSetPreferred, kHost), kSuccess);
  expect(get(kPreferred, data, kPages), kHost);
  expect(get(kPreferred, data, 2 * kPages), kNowhere);
  expect(cuda.advise(data, 2 * kPages, kUnsetPreferred, 0), kSuccess);
  expect(get(kPreferred, data, 2 * kPages), kNowhere);
  expect(cuda.prefetch(data, 2 * kPages, 0, nullptr), kSuccess);
  expect(get(kPrefetched, data, 2 * kPages), 0);
  expect(cuda.prefetch(data, kPages, kHost, nullptr), kSuccess);
  expect(get(kPrefetched, data, kPages), kHost);
}

void lists(CUdeviceptr data) {
  int devices[3] = {}, mostly = 7;
  expect(cuda.advise(data, 2 * kPages, kSetAccessedBy, 0), kSuccess);
  expect(cuda.get(devices, sizeof devices, kAccessedBy, data, 2 * kPages), kSuccess);
  expect(devices[0], 0);
  expect(devices[1], kNowhere);
  void* places[] = {&mostly, devices};
  std::size_t sizes[] = {sizeof mostly, sizeof devices};
  int attributes[] = {kReadMostly, kAccessedBy};
  expect(cuda.get_all(places, sizes, attributes, 2, data, kPages), kSuccess);
  expect(mostly, 1);
}

void refused(CUdeviceptr data, CUdeviceptr device) {
  int value = 0;
  expect(cuda.advise(data, kPages, 99, 0), kInvalidValue);
  expect(cuda.advise(data, 0, kSetReadMostly, 0), kInvalidValue);
  expect(cuda.advise(data, kPages, kSetPreferred, 99) != kSuccess, 1);
  expect(cuda.get(&value, 3, kReadMostly, data, kPages), kInvalidValue);
  expect(cuda.get(&value, sizeof value, 99, data, kPages), kInvalidValue);
  expect(cuda.get(&value, sizeof value, kReadMostly, device, kPages), kInvalidValue);
}

// Not about managed memory alone, but as much without effect on what a program computes.
void pointer_attribute(CUdeviceptr device) {
  constexpr int kSyncMemops = 6, kMemoryType = 2;
  unsigned on = 1, told = 7;
  expect(cuda.get_pointer(&told, kSyncMemops, device), kSuccess);
  expect(told, 0);
  expect(cuda.set_pointer(&on, kSyncMemops, device), kSuccess);
  expect(cuda.get_pointer(&told, kSyncMemops, device), kSuccess);
  expect(told, 1);
  expect(cuda.set_pointer(&on, kMemoryType, device), kInvalidValue);
  expect(cuda.set_pointer(nullptr, kSyncMemops, device), kInvalidValue);
}

}  // namespace

int main() {
  const Driver driver = open_driver();
  const DriverFunctions find(Lookup::Symbols);
  find(cuda.allocate, "cuMemAllocManaged", "cuMemAllocManaged");
  find(cuda.advise, "cuMemAdvise", "cuMemAdvise");
  find(cuda.prefetch, "cuMemPrefetchAsync", "cuMemPrefetchAsync");
  find(cuda.get, "cuMemRangeGetAttribute", "cuMemRangeGetAttribute");
  find(cuda.get_all, "cuMemRangeGetAttributes", "cuMemRangeGetAttributes");
  make_context(driver);
  int concurrent = 0;
  constexpr int kConcurrentManagedAccess = 89;
  must(driver, driver.device_get_attribute(&concurrent, kConcurrentManagedAccess, 0));
  if (concurrent == 0) return std::printf("skipped: no concurrent managed access\n"), 77;
  CUdeviceptr data = 0, device = 0;
  must(driver, cuda.allocate(&data, 2 * kPages, 1));
  must(driver, driver.mem_alloc(&device, kPages));
  find(cuda.set_pointer, "cuPointerSetAttribute", "cuPointerSetAttribute");
  find(cuda.get_pointer, "cuPointerGetAttribute", "cuPointerGetAttribute");
  pointer_attribute(device);
  advice(data);
  lists(data);
  refused(data, device);
  must(driver, driver.mem_free(data));
  must(driver, cuda.allocate(&data, 2 * kPages, 1));  // most likely where the first was
  expect(get(kReadMostly, data, kPages), 0);
  expect(get(kPrefetched, data, kPages), kNowhere);
  must(driver, driver.mem_free(data));
  must(driver, driver.mem_free(device));
  std::printf("advice: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong != 0;
}
