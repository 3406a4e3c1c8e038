// cuda_fp16.h: the device part is compiled and looked at, the host part is run.
#include <cuda_fp16.h>
#include <math_constants.h>

#include <cstdio>

__global__ void kernel(half* a, half2* b, float* f) {
  const int i = threadIdx.x;
  half x = a[i];
  half2 y = b[i];
  x = x + __float2half(2.0f) * x - half(1);
  x += x;
  x = __hfma(x, x, __hmax(x, a[1]));
  y = __hfma2(y, y, __float2half2_rn(0.5f)) + y * y;
  y = __hadd2(y, __shfl_xor_sync(~0u, y, 1));
  if (x > half(3.0f) && __hlt(x, a[2])) f[i] = __half2float(x) + __low2float(y) + float(hexp(x)) + __half22float2(y).y;
  a[i] = __ldg(a + 2) + x;
  b[i] = y;
  f[1] = x;
  f[2] = CUDART_INF_F + CUDART_PI_F;
}

int main() {
  half h = __float2half(1.5f);
  h = h * h + half(2);
  const half2 pair = __hmul2(__floats2half2_rn(2.0f, 3.0f), __float2half2_rn(0.5f));
  const bool good = __half2float(h) == 4.25f && __half_as_ushort(h) == 0x4440 && __low2float(pair) == 1.0f &&
                    __high2float(pair) == 1.5f && __half2float(half(65520.0f)) > 65504.0f && __hlt(pair.x, pair.y) &&
                    __half2float(__hfma(h, h, h)) == 22.3125f;
  return good ? 0 : 1;
}
