// Stream memory operations: a stream waits for a value that another writes behind its own work, all comparisons, and
// the errors.
#include <cstdint>
#include <cstring>

#include "driver_api.h"

namespace {

constexpr int kSupported = 92;  // CU_DEVICE_ATTRIBUTE_CAN_USE_STREAM_MEM_OPS_V1
constexpr unsigned kGreaterEqual = 0, kEqual = 1, kAnd = 2, kNor = 3;

template <class F>
F find(const char* name) {
  static void* library = dlopen("libcuda.so.1", RTLD_NOW);
  return reinterpret_cast<F>(driver_symbol(library, name));
}

}  // namespace

int main() {
  const Driver driver = open_driver();
  make_context(driver);
  int supported = 0;
  must(driver, driver.device_get_attribute(&supported, kSupported, 0));
  if (supported == 0) return 77;
  const auto stream_create = find<CUresult (*)(CUstream*, unsigned)>("cuStreamCreate");
  const auto stream_query = find<CUresult (*)(CUstream)>("cuStreamQuery");
  const auto stream_synchronize = find<CUresult (*)(CUstream)>("cuStreamSynchronize");
  const auto set = find<CUresult (*)(CUdeviceptr, unsigned, std::size_t, CUstream)>("cuMemsetD32Async");
  const auto wait32 = find<CUresult (*)(CUstream, CUdeviceptr, std::uint32_t, unsigned)>("cuStreamWaitValue32_v2");
  const auto write32 = find<CUresult (*)(CUstream, CUdeviceptr, std::uint32_t, unsigned)>("cuStreamWriteValue32_v2");
  const auto wait64 = find<CUresult (*)(CUstream, CUdeviceptr, std::uint64_t, unsigned)>("cuStreamWaitValue64_v2");
  const auto write64 = find<CUresult (*)(CUstream, CUdeviceptr, std::uint64_t, unsigned)>("cuStreamWriteValue64_v2");

  CUstream first = nullptr, second = nullptr;
  must(driver, stream_create(&first, 1));
  must(driver, stream_create(&second, 1));
  CUdeviceptr flag = 0, data = 0;
  must(driver, driver.mem_alloc(&flag, 64));
  must(driver, driver.mem_alloc(&data, 4096));
  const std::uint32_t zeros[16] = {};
  must(driver, driver.memcpy_to_device(flag, zeros, 64));

  must(driver, wait32(second, flag, 5, kGreaterEqual));
  must(driver, set(data, 2, 1024, second));
  must(driver, write64(second, flag + 8, ~0ull, 0));
  long wrong = stream_query(second) != 600;  // CUDA_ERROR_NOT_READY
  must(driver, set(data, 1, 1024, first));
  must(driver, write32(first, flag, 7, 0));
  must(driver, wait64(first, flag + 8, 1ull << 40, kAnd));
  must(driver, wait32(first, flag, 7, kEqual));
  must(driver, wait32(first, flag, 1, kNor));
  must(driver, stream_synchronize(first));
  std::uint32_t got[1024];
  must(driver, driver.memcpy_to_host(got, data, sizeof got));
  for (const std::uint32_t value : got) wrong += value != 2;
  must(driver, stream_synchronize(second));
  wrong += wait32(first, flag + 2, 0, kEqual) != kInvalidValue;
  wrong += write32(first, 16, 0, 0) != kInvalidValue;
  std::printf("stream_values: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
