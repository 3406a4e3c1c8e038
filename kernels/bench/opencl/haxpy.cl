// cuda/haxpy.cu in OpenCL C without half precision arithmetic, which CPUs' OpenCL lacks; `a` is the bits of a half.

kernel void haxpy(ushort a, global const half* x, global half* y, int n) {
  int i = get_global_id(0);
  float factor = vload_half(0, (private const half*)&a);
  if (i < n) vstore_half(fma(factor, vload_half(i, x), vload_half(i, y)), i, y);
}
