// A driver-API program that loads PTX text, runs it, changes a variable of the module and runs it again.
//   driver_ptx [symbols|proc-address]
#include <cmath>
#include <cstring>
#include <vector>

#include "driver_api.h"
#include "scale_ptx.h"

static long run(const Driver& driver, CUfunction kernel, float bias) {
  const unsigned count = 1000;
  std::vector<float> x(count), y(count);
  for (unsigned i = 0; i < count; ++i) x[i] = static_cast<float>(i) * 0.25f;
  CUdeviceptr device_x = 0, device_y = 0;
  must(driver, driver.mem_alloc(&device_x, count * sizeof(float)));
  must(driver, driver.mem_alloc(&device_y, count * sizeof(float)));
  must(driver, driver.memcpy_to_device(device_x, x.data(), count * sizeof(float)));
  float factor = 1.5f;
  unsigned limit = count;
  void* arguments[] = {&device_x, &device_y, &factor, &limit};
  must(driver, driver.launch_kernel(kernel, (count + 127) / 128, 1, 1, 128, 1, 1, 0, nullptr, arguments, nullptr));
  must(driver, driver.context_synchronize());
  must(driver, driver.memcpy_to_host(y.data(), device_y, count * sizeof(float)));
  must(driver, driver.mem_free(device_x));
  must(driver, driver.mem_free(device_y));
  long wrong = 0;
  for (unsigned i = 0; i < count; ++i) wrong += y[i] != std::fma(factor, x[i], bias);
  return wrong;
}

int main(int argc, char** argv) {
  bool by_address = argc > 1 && std::strcmp(argv[1], "proc-address") == 0;
  Driver driver = open_driver(by_address ? Lookup::ProcAddress : Lookup::Symbols);
  make_context(driver);
  CUmodule module = nullptr;
  CUfunction kernel = nullptr;
  must(driver, driver.module_load_data(&module, kScalePtx));
  must(driver, driver.module_get_function(&kernel, module, "scale"));
  long wrong = run(driver, kernel, 3.0f);

  CUdeviceptr bias = 0;
  std::size_t bytes = 0;
  must(driver, driver.module_get_global(&bias, &bytes, module, "bias"));
  const float new_bias = -7.0f;
  must(driver, driver.memcpy_to_device(bias, &new_bias, sizeof(new_bias)));
  wrong += run(driver, kernel, new_bias) + (bytes != sizeof(float));
  must(driver, driver.module_unload(module));
  std::printf("driver_ptx: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
