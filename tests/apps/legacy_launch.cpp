// Kernels launched as CUDA 2 did it: block shape, shared memory and parameters set on the function, then cuLaunchGrid.
// Deprecated, and still there in the newest driver.
#include "driver_api.h"

namespace {

constexpr const char* kPtx = R"(
.version 7.0
.target sm_70
.address_size 64
.extern .shared .align 4 .b8 room[];
.visible .entry scale(.param .u64 out, .param .f32 factor, .param .u32 added) {
  .reg .b32 %r<8>; .reg .b64 %d<4>; .reg .f32 %f<4>;
  mov.u32 %r0, %tid.x; mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mad.lo.u32 %r0, %r1, %r2, %r0;
  mov.u32 %r3, %ctaid.y; mov.u32 %r4, %nctaid.x; mul.lo.u32 %r3, %r3, %r4; mad.lo.u32 %r0, %r3, %r2, %r0;
  cvt.rn.f32.u32 %f0, %r0; ld.param.f32 %f1, [factor]; mul.f32 %f0, %f0, %f1;
  ld.param.u32 %r5, [added]; cvt.rn.f32.u32 %f2, %r5; add.f32 %f0, %f0, %f2;
  mov.u32 %r6, %tid.x; shl.b32 %r6, %r6, 2; mov.u32 %r7, room; add.u32 %r7, %r7, %r6;
  st.shared.f32 [%r7], %f0; ld.shared.f32 %f3, [%r7];
  ld.param.u64 %d0, [out]; mul.wide.u32 %d1, %r0, 4; add.u64 %d0, %d0, %d1; st.global.f32 [%d0], %f3; ret; }
)";

struct Legacy {
  CUresult (*block_shape)(CUfunction, int, int, int);
  CUresult (*shared_size)(CUfunction, unsigned);
  CUresult (*parameter_size)(CUfunction, unsigned);
  CUresult (*set_integer)(CUfunction, int, unsigned);
  CUresult (*set_float)(CUfunction, int, float);
  CUresult (*set_bytes)(CUfunction, int, void*, unsigned);
  CUresult (*launch)(CUfunction);
  CUresult (*launch_grid)(CUfunction, int, int);
  CUresult (*launch_grid_async)(CUfunction, int, int, CUstream);
};

long wrong = 0;

void expect(CUresult got, CUresult want, int line = __builtin_LINE()) {
  if (got == want) return;
  ++wrong;
  std::fprintf(stderr, "line %d: got %d, expected %d\n", line, got, want);
}

void check(const Driver& driver, CUdeviceptr out, int count, float factor, float added) {
  constexpr int kMost = 96;
  float got[kMost];
  must(driver, driver.context_synchronize());
  must(driver, driver.memcpy_to_host(got, out, sizeof got));
  for (int i = 0; i < kMost; ++i) {
    const float want = i < count ? float(i) * factor + added : 0;
    if (got[i] != want) ++wrong, std::fprintf(stderr, "element %d: got %g, expected %g\n", i, got[i], want);
  }
  const float zeros[kMost] = {};
  must(driver, driver.memcpy_to_device(out, zeros, sizeof zeros));
}

void run(const Driver& driver, const Legacy& legacy, CUfunction kernel, CUdeviceptr out) {
  constexpr int kOut = 0, kFactor = 8, kAdded = 12, kSize = 16;
  expect(legacy.launch_grid(kernel, 1, 1), kInvalidValue);  // no block shape yet
  must(driver, legacy.block_shape(kernel, 16, 1, 1));
  must(driver, legacy.shared_size(kernel, 16 * sizeof(float)));
  must(driver, legacy.parameter_size(kernel, kSize));
  must(driver, legacy.set_bytes(kernel, kOut, &out, sizeof out));
  must(driver, legacy.set_float(kernel, kFactor, 2.5f));
  must(driver, legacy.set_integer(kernel, kAdded, 3));
  must(driver, legacy.launch(kernel));
  check(driver, out, 16, 2.5f, 3);
  must(driver, legacy.launch_grid(kernel, 3, 2));
  check(driver, out, 96, 2.5f, 3);
  must(driver, legacy.set_float(kernel, kFactor, -1));  // the rest stays as it was set
  must(driver, legacy.launch_grid_async(kernel, 2, 1, nullptr));
  must(driver, legacy.set_integer(kernel, kAdded, 9));  // after the launch took its parameters
  check(driver, out, 32, -1, 3);
}

void refused(const Legacy& legacy, CUfunction kernel) {
  unsigned value = 0;
  expect(legacy.block_shape(kernel, 0, 1, 1), kInvalidValue);
  expect(legacy.block_shape(kernel, 4096, 1, 1), kInvalidValue);
  expect(legacy.launch_grid(kernel, 0, 1), kInvalidValue);
  expect(legacy.set_bytes(kernel, -4, &value, sizeof value), kInvalidValue);
  expect(legacy.set_bytes(kernel, 1 << 20, &value, sizeof value), kInvalidValue);
}

}  // namespace

int main() {
  const Driver driver = open_driver();
  const DriverFunctions find(Lookup::Symbols);
  Legacy legacy;
  find(legacy.block_shape, "cuFuncSetBlockShape", "cuFuncSetBlockShape");
  find(legacy.shared_size, "cuFuncSetSharedSize", "cuFuncSetSharedSize");
  find(legacy.parameter_size, "cuParamSetSize", "cuParamSetSize");
  find(legacy.set_integer, "cuParamSeti", "cuParamSeti");
  find(legacy.set_float, "cuParamSetf", "cuParamSetf");
  find(legacy.set_bytes, "cuParamSetv", "cuParamSetv");
  find(legacy.launch, "cuLaunch", "cuLaunch");
  find(legacy.launch_grid, "cuLaunchGrid", "cuLaunchGrid");
  find(legacy.launch_grid_async, "cuLaunchGridAsync", "cuLaunchGridAsync");
  make_context(driver);
  CUmodule module = nullptr;
  CUfunction kernel = nullptr;
  CUdeviceptr out = 0;
  must(driver, driver.module_load_data(&module, kPtx));
  must(driver, driver.module_get_function(&kernel, module, "scale"));
  const float zeros[96] = {};
  must(driver, driver.mem_alloc(&out, sizeof zeros));
  must(driver, driver.memcpy_to_device(out, zeros, sizeof zeros));
  run(driver, legacy, kernel, out);
  refused(legacy, kernel);
  must(driver, driver.mem_free(out));
  must(driver, driver.module_unload(module));
  std::printf("legacy_launch: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong != 0;
}
