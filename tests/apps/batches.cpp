// Batches of copies, linear and 3-D, and of prefetches, through the driver API of CUDA 13. Skipped where the driver has
// none.
#include <cstring>
#include <vector>

#include "driver_api.h"

namespace {

struct Location {
  int type, id;
};
struct Attributes {  // CUmemcpyAttributes
  int order;
  Location from, to;
  unsigned flags;
};
struct Operand {  // CUmemcpy3DOperand, of a pointer
  int type;
  CUdeviceptr pointer;
  std::size_t row_length, layer_height;
  Location hint;
};
struct Copy3D {  // CUDA_MEMCPY3D_BATCH_OP
  Operand from, to;
  std::size_t extent[3];
  int order;
  unsigned flags;
};
static_assert(sizeof(Copy3D) == 112);

constexpr int kOrderStream = 1, kOrderDuringCall = 2, kPointer = 1, kOnDevice = 1;
constexpr std::size_t kNone = ~std::size_t{0};

struct Functions {
  CUresult (*stream_create)(CUstream*, unsigned);
  CUresult (*stream_synchronize)(CUstream);
  CUresult (*stream_destroy)(CUstream);
  CUresult (*managed)(CUdeviceptr*, std::size_t, unsigned);
  CUresult (*copy)(CUdeviceptr*, CUdeviceptr*, std::size_t*, std::size_t, Attributes*, std::size_t*, std::size_t,
                   std::size_t*, CUstream);
  CUresult (*copy_v2)(CUdeviceptr*, CUdeviceptr*, std::size_t*, std::size_t, Attributes*, std::size_t*, std::size_t,
                      CUstream);
  CUresult (*copy_3d)(std::size_t, Copy3D*, unsigned long long, CUstream);
  CUresult (*prefetch)(CUdeviceptr*, std::size_t*, std::size_t, Location*, std::size_t*, std::size_t,
                       unsigned long long, CUstream);
};

Driver driver;
Functions cuda;
CUstream stream = nullptr;
long wrong = 0;

void expect(bool truth, int line = __builtin_LINE()) {
  if (!truth) ++wrong, std::fprintf(stderr, "line %d: not true\n", line);
}

bool open() {
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    return function != nullptr;
  };
  return find(cuda.stream_create, "cuStreamCreate") && find(cuda.stream_synchronize, "cuStreamSynchronize") &&
         find(cuda.stream_destroy, "cuStreamDestroy_v2") && find(cuda.managed, "cuMemAllocManaged") &&
         find(cuda.copy, "cuMemcpyBatchAsync") && find(cuda.copy_v2, "cuMemcpyBatchAsync_v2") &&
         find(cuda.copy_3d, "cuMemcpy3DBatchAsync_v2") && find(cuda.prefetch, "cuMemPrefetchBatchAsync");
}

CUdeviceptr address(const void* pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

void linear() {
  constexpr std::size_t kBytes = 64;
  CUdeviceptr device[3];
  char in[3][kBytes], out[3][kBytes] = {};
  for (int i = 0; i < 3; ++i) {
    must(driver, driver.mem_alloc(&device[i], kBytes));
    std::memset(in[i], 'a' + i, kBytes);
  }
  CUdeviceptr host_in[3] = {address(in[0]), address(in[1]), address(in[2])};
  CUdeviceptr host_out[3] = {address(out[0]), address(out[1]), address(out[2])};
  std::size_t sizes[3] = {kBytes, kBytes, kBytes}, first[2] = {0, 2}, failed = 5;
  Attributes attributes[2] = {{kOrderStream, {}, {}, 0}, {kOrderDuringCall, {}, {}, 0}};
  must(driver, cuda.copy_v2(device, host_in, sizes, 3, attributes, first, 2, stream));
  must(driver, cuda.copy(host_out, device, sizes, 3, attributes, first, 2, &failed, stream));
  must(driver, cuda.stream_synchronize(stream));
  for (int i = 0; i < 3; ++i) expect(std::memcmp(in[i], out[i], kBytes) == 0);
  expect(cuda.copy_v2(device, host_in, sizes, 3, attributes, first, 2, nullptr) == kInvalidValue);  // legacy stream
  expect(cuda.copy(device, host_in, sizes, 0, attributes, first, 2, &failed, stream) == kInvalidValue);
  expect(failed == kNone);
  attributes[1].order = 77;
  expect(cuda.copy(device, host_in, sizes, 3, attributes, first, 2, &failed, stream) == kInvalidValue);
  must(driver, cuda.stream_synchronize(stream));
  for (CUdeviceptr pointer : device) must(driver, driver.mem_free(pointer));
}

// A box of 3 x 2 x 2 bytes out of the middle of rows of 8 and slices of 4 rows, to a dense one.
void boxes() {
  constexpr std::size_t kRow = 8, kRows = 4, kSlices = 2, kBox = 12;
  std::vector<unsigned char> in(kRow * kRows * kSlices), out(kBox);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<unsigned char>(i);
  CUdeviceptr pitched = 0, dense = 0;
  must(driver, driver.mem_alloc(&pitched, in.size()));
  must(driver, driver.mem_alloc(&dense, kBox));
  must(driver, driver.memcpy_to_device(pitched, in.data(), in.size()));
  Copy3D copy{{kPointer, pitched + 2, kRow, kRows, {}}, {kPointer, dense, 0, 0, {}}, {3, 2, kSlices}, kOrderStream, 0};
  must(driver, cuda.copy_3d(1, &copy, 0, stream));
  must(driver, cuda.stream_synchronize(stream));
  must(driver, driver.memcpy_to_host(out.data(), dense, kBox));
  const unsigned char want[kBox] = {2, 3, 4, 10, 11, 12, 34, 35, 36, 42, 43, 44};
  expect(std::memcmp(out.data(), want, kBox) == 0);
  copy.from.type = 9;
  expect(cuda.copy_3d(1, &copy, 0, stream) == kInvalidValue);
  expect(cuda.copy_3d(0, &copy, 0, stream) == kInvalidValue);
  must(driver, driver.mem_free(pitched));
  must(driver, driver.mem_free(dense));
}

void prefetches() {
  constexpr std::size_t kBytes = 4096;
  constexpr unsigned kGlobal = 1;
  CUdeviceptr range[2];
  for (CUdeviceptr& pointer : range) must(driver, cuda.managed(&pointer, kBytes, kGlobal));
  std::size_t sizes[2] = {kBytes, kBytes}, first[1] = {0};
  Location location{kOnDevice, 0};
  *reinterpret_cast<int*>(range[1]) = 42;
  must(driver, cuda.prefetch(range, sizes, 2, &location, first, 1, 0, stream));
  must(driver, cuda.stream_synchronize(stream));
  expect(*reinterpret_cast<int*>(range[1]) == 42);
  expect(cuda.prefetch(range, sizes, 0, &location, first, 1, 0, stream) == kInvalidValue);
  expect(cuda.prefetch(range, sizes, 2, &location, first, 1, 1, stream) == kInvalidValue);
  for (CUdeviceptr pointer : range) must(driver, driver.mem_free(pointer));
}

}  // namespace

int main() {
  driver = open_driver();
  if (!open()) return std::printf("skipped: a driver older than CUDA 13\n"), 77;
  make_context(driver);
  constexpr unsigned kNonBlocking = 1;
  must(driver, cuda.stream_create(&stream, kNonBlocking));
  linear();
  boxes();
  prefetches();
  must(driver, cuda.stream_destroy(stream));
  std::printf("batches: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong != 0;
}
