#!/usr/bin/env python3
"""The driver API from Python through ctypes: loads PTX text, doubles an array, checks it."""
import ctypes
import sys

PTX = b"""
.version 7.0
.target sm_70
.address_size 64
.visible .entry double_it(.param .u64 data, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [data];
  ld.param.u32 %r1, [count];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 ret;
  cvta.to.global.u64 %rd1, %rd1;
  mul.wide.u32 %rd2, %r5, 4;
  add.s64 %rd3, %rd1, %rd2;
  ld.global.u32 %r6, [%rd3];
  shl.b32 %r7, %r6, 1;
  st.global.u32 [%rd3], %r7;
  ret;
}
"""

cuda = ctypes.CDLL("libcuda.so.1")


def must(status, what):
    if status != 0:
        name = ctypes.c_char_p()
        cuda.cuGetErrorName(status, ctypes.byref(name))
        sys.exit(f"{what}: {name.value}")


def main():
    count = 1000
    device, context, module, kernel = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    data = ctypes.c_uint64()
    must(cuda.cuInit(0), "cuInit")
    must(cuda.cuDeviceGet(ctypes.byref(device), 0), "cuDeviceGet")
    must(cuda.cuCtxCreate_v2(ctypes.byref(context), 0, device), "cuCtxCreate")
    must(cuda.cuModuleLoadData(ctypes.byref(module), PTX), "cuModuleLoadData")
    must(cuda.cuModuleGetFunction(ctypes.byref(kernel), module, b"double_it"), "cuModuleGetFunction")
    host = (ctypes.c_uint32 * count)(*range(count))
    must(cuda.cuMemAlloc_v2(ctypes.byref(data), ctypes.c_size_t(4 * count)), "cuMemAlloc")
    must(cuda.cuMemcpyHtoD_v2(data, host, ctypes.c_size_t(4 * count)), "cuMemcpyHtoD")
    number = ctypes.c_uint32(count)
    arguments = (ctypes.c_void_p * 2)(ctypes.addressof(data), ctypes.addressof(number))
    must(cuda.cuLaunchKernel(kernel, 8, 1, 1, 128, 1, 1, 0, None, arguments, None), "cuLaunchKernel")
    must(cuda.cuCtxSynchronize(), "cuCtxSynchronize")
    must(cuda.cuMemcpyDtoH_v2(host, data, ctypes.c_size_t(4 * count)), "cuMemcpyDtoH")
    must(cuda.cuMemFree_v2(data), "cuMemFree")
    must(cuda.cuCtxDestroy_v2(context), "cuCtxDestroy")
    right = list(host) == [2 * i for i in range(count)]
    print("driver_ctypes:", "PASS" if right else "FAIL")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
