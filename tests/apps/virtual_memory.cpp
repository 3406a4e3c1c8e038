// Virtual memory management: one piece of physical memory at two addresses, mappings that touch used as one array,
// access that is taken away, and the errors.
#include <cmath>
#include <vector>

#include "driver_api.h"
#include "scale_ptx.h"

namespace {

constexpr int kIllegalAddress = 700;
constexpr int kSupported = 102;  // CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED
using Handle = unsigned long long;

struct Location {
  int type, id;
};
struct Properties {  // CUmemAllocationProp
  int type, handle_types;
  Location location;
  void* windows;
  unsigned char flags[8];
};
struct Access {  // CUmemAccessDesc
  Location location;
  int flags;
};
constexpr Location kDevice{1, 0};
constexpr int kRead = 1, kReadWrite = 3;

struct Memory {
  CUresult (*reserve)(CUdeviceptr*, std::size_t, std::size_t, CUdeviceptr, unsigned long long);
  CUresult (*free)(CUdeviceptr, std::size_t);
  CUresult (*create)(Handle*, std::size_t, const Properties*, unsigned long long);
  CUresult (*release)(Handle);
  CUresult (*retain)(Handle*, void*);
  CUresult (*map)(CUdeviceptr, std::size_t, std::size_t, Handle, unsigned long long);
  CUresult (*unmap)(CUdeviceptr, std::size_t);
  CUresult (*set_access)(CUdeviceptr, std::size_t, const Access*, std::size_t);
  CUresult (*get_access)(unsigned long long*, const Location*, CUdeviceptr);
  CUresult (*granularity)(std::size_t*, const Properties*, int);
  CUresult (*info)(std::size_t*, std::size_t*);
  CUresult (*set)(CUdeviceptr, unsigned, std::size_t);
};

Memory find_memory() {
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  Memory m;
  auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(driver_symbol(library, name));
  };
  find(m.reserve, "cuMemAddressReserve");
  find(m.free, "cuMemAddressFree");
  find(m.create, "cuMemCreate");
  find(m.release, "cuMemRelease");
  find(m.retain, "cuMemRetainAllocationHandle");
  find(m.map, "cuMemMap");
  find(m.unmap, "cuMemUnmap");
  find(m.set_access, "cuMemSetAccess");
  find(m.get_access, "cuMemGetAccess");
  find(m.granularity, "cuMemGetAllocationGranularity");
  find(m.info, "cuMemGetInfo_v2");
  find(m.set, "cuMemsetD32_v2");
  return m;
}

long wrong = 0;

void expect(bool good, const char* what, int line = __builtin_LINE()) {
  if (good) return;
  ++wrong;
  std::fprintf(stderr, "line %d: %s\n", line, what);
}

CUresult scale(const Driver& driver, CUfunction kernel, CUdeviceptr from, CUdeviceptr to, unsigned count) {
  float factor = 2;
  void* arguments[] = {&from, &to, &factor, &count};
  must(driver, driver.launch_kernel(kernel, (count + 127) / 128, 1, 1, 128, 1, 1, 0, nullptr, arguments, nullptr));
  return driver.context_synchronize();
}

// The third grain of `base` is the first once more; the first and second are used as one array.
void arithmetic(const Driver& driver, CUfunction kernel, CUdeviceptr base, std::size_t grain) {
  const unsigned count = static_cast<unsigned>(2 * grain / sizeof(float));
  std::vector<float> x(count), y(count);
  for (unsigned i = 0; i < count; ++i) x[i] = static_cast<float>(i % 1000);
  must(driver, driver.memcpy_to_device(base, x.data(), 2 * grain));
  must(driver, scale(driver, kernel, base, base, count));
  must(driver, driver.memcpy_to_host(y.data(), base, 2 * grain));
  for (unsigned i = 0; i < count; ++i) expect(y[i] == 2 * x[i] + 3, "two mappings as one array");
  must(driver, driver.memcpy_to_host(x.data(), base + 2 * grain, grain));
  for (unsigned i = 0; i < count / 2; ++i) expect(x[i] == y[i], "one memory at two addresses");
}

// The last, as the error stays. The first and third grain of `base` are mapped.
void read_only(const Driver& driver, const Memory& memory, CUfunction kernel, CUdeviceptr base, std::size_t grain) {
  std::vector<float> x(grain / sizeof(float), 6.0f), y(x);
  must(driver, driver.memcpy_to_device(base, x.data(), grain));
  const Access reading{kDevice, kRead};
  must(driver, memory.set_access(base + 2 * grain, grain, &reading, 1));
  must(driver, scale(driver, kernel, base + 2 * grain, base, 1000));
  must(driver, driver.memcpy_to_host(y.data(), base + 2 * grain, grain));
  for (unsigned i = 0; i < 1000; ++i) expect(y[i] == 2 * x[i] + 3, "memory read by the address that may only read");
  expect(scale(driver, kernel, base, base + 2 * grain, 1000) == kIllegalAddress, "read-only memory was written");
}

}  // namespace

int main() {
  const Driver driver = open_driver();
  const Memory memory = find_memory();
  make_context(driver);
  int supported = 0;
  must(driver, driver.device_get_attribute(&supported, kSupported, 0));
  if (supported == 0) return 77;
  CUmodule module = nullptr;
  CUfunction kernel = nullptr;
  must(driver, driver.module_load_data(&module, kScalePtx));
  must(driver, driver.module_get_function(&kernel, module, "scale"));

  Properties properties{1, 0, kDevice, nullptr, {}};
  std::size_t grain = 0, free_before = 0, free_after = 0, total = 0;
  must(driver, memory.granularity(&grain, &properties, 0));
  must(driver, memory.info(&free_before, &total));
  expect(grain != 0 && (grain & (grain - 1)) == 0, "the granularity is no power of two");

  CUdeviceptr base = 0;
  Handle low = 0, high = 0, again = 0;
  must(driver, memory.reserve(&base, 4 * grain, 0, 0, 0));
  must(driver, memory.create(&low, grain, &properties, 0));
  must(driver, memory.create(&high, grain, &properties, 0));
  expect(memory.create(&again, grain + 1, &properties, 0) == kInvalidValue, "a size off the granularity was taken");
  must(driver, memory.info(&free_after, &total));
  expect(free_before - free_after >= 2 * grain, "physical memory is not counted");
  // low, high, and low once more: the first two used as one array.
  must(driver, memory.map(base, grain, 0, low, 0));
  must(driver, memory.map(base + grain, grain, 0, high, 0));
  must(driver, memory.map(base + 2 * grain, grain, 0, low, 0));
  expect(memory.map(base, grain, 0, high, 0) == kInvalidValue, "memory was mapped over other memory");
  expect(memory.free(base, 4 * grain) == kInvalidValue, "addresses with memory were freed");
  unsigned long long flags = 9;
  must(driver, memory.get_access(&flags, &kDevice, base));
  expect(flags == 0, "memory is accessible before it was made so");
  const Access all{kDevice, kReadWrite};
  expect(memory.set_access(base, 4 * grain, &all, 1) == kInvalidValue, "access was given where nothing is mapped");
  must(driver, memory.set_access(base, 3 * grain, &all, 1));
  must(driver, memory.get_access(&flags, &kDevice, base + 2 * grain));
  expect(flags == kReadWrite, "access is not what was set");

  arithmetic(driver, kernel, base, grain);

  must(driver, memory.retain(&again, reinterpret_cast<void*>(base + grain + 64)));
  expect(again == high, "another handle for the same memory");
  must(driver, memory.release(again));
  must(driver, memory.release(high));
  must(driver, memory.release(low));
  must(driver, memory.set(base + grain, 0, grain / 4));  // the mapping keeps the memory
  must(driver, memory.unmap(base + grain, grain));
  expect(driver.memcpy_to_device(base + grain, &grain, sizeof grain) == kInvalidValue, "a copy to what was unmapped");

  read_only(driver, memory, kernel, base, grain);
  std::printf("virtual_memory: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
