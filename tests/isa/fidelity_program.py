#!/usr/bin/env python3
"""Launches the kernels named on the command line, 32 threads each; a launch that fails is said, and no failure."""
import ctypes
import sys

PTX = b"""
.version 8.0
.target sm_80
.address_size 64
.func (.param .b32 result) inexact(.param .b32 x) {
  .reg .f32 f<2>; ld.param.f32 f0, [x]; ex2.approx.f32 f1, f0; st.param.f32 [result], f1; ret;
}
.visible .entry exact(.param .u64 out) {
  .reg .f32 f<2>; .reg .b64 a; ld.param.u64 a, [out]; mov.f32 f0, 0f40000000; sqrt.rn.f32 f1, f0; st.global.f32 [a], f1;
  ret;
}
.visible .entry stores(.param .u64 out) {
  .reg .f32 f<2>; .reg .b64 a; ld.param.u64 a, [out]; mov.f32 f0, 0f40000000; sin.approx.f32 f1, f0;
  st.global.f32 [a], f1; ret;
}
.visible .entry decides(.param .u64 out) {
  .reg .f32 f<3>; .reg .b64 a, b, c; .reg .pred p; .reg .b32 r<4>;
  ld.param.u64 a, [out]; mov.u32 r0, %tid.x; cvt.rn.f32.u32 f0, r0;
  { .param .b32 x; .param .b32 y; st.param.f32 [x], f0; call (y), inexact, (x); ld.param.f32 f1, [y]; }
  cvt.rzi.u32.f32 r1, f1; and.b32 r1, r1, 7; mul.wide.u32 b, r1, 4; add.u64 b, a, b; st.global.u32 [b], r1;
  setp.gt.u32 p, r0, 3; @p bra done;
  rcp.approx.ftz.f32 f2, f0; setp.lt.f32 p, f2, f1; @p st.global.u32 [a], r1;
done: ret;
}
.visible .entry refused(.param .u64 out) {
  .reg .b32 r<2>; .reg .b64 a; ld.param.u64 a, [out]; movmatrix.sync.aligned.m8n8.trans.b16 r0, r1; ret;
}
"""

cuda = ctypes.CDLL("libcuda.so.1")


def must(status, what):
    if status != 0:
        sys.exit(f"{what}: {status}")


def main():
    device, context, module, data = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_uint64()
    must(cuda.cuInit(0), "cuInit")
    must(cuda.cuDeviceGet(ctypes.byref(device), 0), "cuDeviceGet")
    must(cuda.cuCtxCreate_v2(ctypes.byref(context), 0, device), "cuCtxCreate")
    must(cuda.cuModuleLoadData(ctypes.byref(module), PTX), "cuModuleLoadData")
    must(cuda.cuMemAlloc_v2(ctypes.byref(data), ctypes.c_size_t(256)), "cuMemAlloc")
    arguments = (ctypes.c_void_p * 1)(ctypes.addressof(data))
    for name in sys.argv[1:]:
        kernel = ctypes.c_void_p()
        must(cuda.cuModuleGetFunction(ctypes.byref(kernel), module, name.encode()), "cuModuleGetFunction")
        status = cuda.cuLaunchKernel(kernel, 1, 1, 1, 32, 1, 1, 0, None, arguments, None)
        print(name, status or cuda.cuCtxSynchronize())


if __name__ == "__main__":
    main()
