// One use of everything that our headers offer: it is compiled and linked, and its PTX looked at, not run.
#include <cooperative_groups.h>
#include <cuda.h>
#include <cuda_runtime.h>
#include <device_launch_parameters.h>
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <complex>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

struct Particle {
  float4 position;
  float3 velocity;
  int id;
};
__constant__ float table[64];
__device__ double total;

template <typename T>
__device__ __forceinline__ T square(T x) {
  return x * x;
}
__device__ __noinline__ float slow(float x) {
  return sinf(x) * cosf(x) + tanf(x);
}
__host__ __device__ inline float both(float x) {
  return sqrtf(x) + fminf(x, 1.0f) + rsqrtf(x);
}

__global__ void __launch_bounds__(256, 2) math(float* f, double* d, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float x = f[i];
  double y = d[i];
  f[i] = square(slow(x)) + both(x) + expf(x) + logf(x) + powf(x, 1.5f) + exp2f(x) + log2f(x) + log10f(x) + fabsf(x) +
         floorf(x) + ceilf(x) + roundf(x) + truncf(x) + fmodf(x, 2.f) + atan2f(x, 2.f) + hypotf(x, 3.f) + cbrtf(x) +
         erff(x) + tgammaf(x) + lgammaf(x) + fmaf(x, x, x) + __expf(x) + __logf(x) + __sinf(x) + __powf(x, 2.f) +
         __fdividef(x, 3.f) + __frcp_rn(x) + __fsqrt_rz(x) + min(x, 2.f) + max(x, 3.f) + copysignf(x, -1.f) + sinhf(x) +
         coshf(x) + tanhf(x) + asinf(x) + acosf(x) + atanf(x) + asinhf(x) + acoshf(x) + atanhf(x) + erfinvf(x) +
         normcdff(x) + rcbrtf(x) + sinpif(x) + cospif(x) + ldexpf(x, 3) + remainderf(x, 2.f) + norm3df(x, x, x) +
         std::sqrt(x) + std::abs(x) + std::exp(x) + std::max(x, 1.f) + std::pow(x, 2.f) + abs(x) + pow(x, 2) +
         isnan(x) + isinf(x);
  d[i] = sin(y) * cos(y) + exp(y) + log(y) + pow(y, 1.5) + sqrt(y) + rsqrt(y) + fabs(y) + floor(y) + fma(y, y, y) +
         __dadd_rn(y, y) + __ddiv_rz(y, 3.0) + min(y, 2.0) + max(1.0f, y) + erfc(y) + cbrt(y) + fmod(y, 2.0) +
         round(y) + atan2(y, 2.0) + tanh(y) + exp10(y) + erfcinv(y) + normcdfinv(y) + hypot(y, 2.0);
}

__global__ void warp(int* a, unsigned* u, unsigned long long* l, float* f, double* d) {
  extern __shared__ int dynamic[];
  const unsigned full = 0xffffffffu;
  int lane = threadIdx.x & 31;
  dynamic[threadIdx.x] = a[threadIdx.x];
  __syncthreads();
  int v = __shfl_down_sync(full, dynamic[lane], 1) + __shfl_xor_sync(full, lane, 2) +
          __shfl_up_sync(full, lane, 1, 16) + __shfl_sync(full, lane, 0);
  float w = __shfl_xor_sync(full, f[lane], 1);
  double z = __shfl_down_sync(full, d[lane], 1);
  unsigned b = __ballot_sync(full, v > 3) | __activemask() | (__any_sync(full, v) << 1) | (__all_sync(full, v) << 2);
  __syncwarp();
  b += __popc(b) + __clz(b) + __ffs(b) + __brev(b) + __popcll(l[0]) + __clzll(l[0]) + __byte_perm(b, v, 0x3210) +
       __umulhi(b, b) + __mulhi(v, v) + __mul24(v, v) + __sad(v, v, b) + __funnelshift_l(b, b, 3) +
       __match_any_sync(full, v);
  b += __reduce_add_sync(full, b);
  u[1] = b + __float_as_uint(w) + static_cast<unsigned>(z);
}

__global__ void memory(int* a, unsigned* u, unsigned long long* l, float* f, double* d, int v, unsigned b) {
  __shared__ Particle p;
  const int lane = threadIdx.x & 31;
  const float w = f[lane];
  const double z = d[lane];
  atomicAdd(a, v);
  atomicAdd(u, b);
  atomicAdd(l, 1ull);
  atomicAdd(f, w);
  atomicAdd(d, z);
  atomicSub(a, 1);
  atomicMin(a, v);
  atomicMax(u, b);
  atomicExch(a, 3);
  atomicCAS(a, 1, 2);
  atomicCAS(l, 1ull, 2ull);
  atomicAnd(u, 3u);
  atomicOr(u, 4u);
  atomicXor(u, 5u);
  atomicInc(u, 9u);
  atomicDec(u, 9u);
  atomicMax(l, 3ull);
  atomicAdd_block(a, 1);
  atomicAdd_system(a, 1);
  __threadfence();
  __threadfence_block();
  __threadfence_system();
  b += __ldg(u) + __ldcg(u) + __float_as_uint(w) + (unsigned)clock64() + clock();
  __stcs(u, b);
  if (threadIdx.x == 0) {
    p.id = 3;
    p.position = make_float4(1, 2, 3, 4);
    total += p.id;
  }
  u[1] = __syncthreads_count(v) + __syncthreads_or(v) + __syncthreads_and(v) + p.id;
  assert(v != 12345);
  if (lane == 40) {
    printf("%d %f %s\n", v, z, "text");
    __trap();
  }
  dim3 whole = gridDim;
  uint3 me = threadIdx;
  u[2] = whole.x + me.y + warpSize;
  f[1] = table[lane] + __int_as_float(v) + __double2int_rn(z) + __float2int_rz(w) + __uint2float_rn(b);
  int* heap = new int[4];
  heap[0] = v;
  a[2] = heap[0];
  delete[] heap;
}

template <int N, class F>
__global__ void apply(F f, int* out) {
  for (int i = 0; i < N; ++i) out[i] = f(i);
}

__global__ void groups(float4* out, int n) {
  namespace cg = cooperative_groups;
  cg::thread_block block = cg::this_thread_block();
  cg::thread_block_tile<16> tile = cg::tiled_partition<16>(block);
  float4 v = out[block.thread_rank()];
  for (unsigned step = tile.size() / 2; step > 0; step /= 2) v.x += tile.shfl_down(v, step).x;
  cg::sync(block);
  if (static_cast<int>(block.thread_rank()) < n) v.y = cg::coalesced_threads().shfl(v.x, 0);
  out[block.thread_rank()] = v;
}

int main() {
  float* f;
  double* d;
  int* a;
  unsigned* u;
  unsigned long long* l;
  cudaMalloc(&f, 1024);
  cudaMalloc((void**)&d, 1024);
  cudaMallocManaged(&a, 1024);
  cudaMalloc(&u, 64);
  cudaMalloc(&l, 64);
  cudaStream_t stream;
  cudaStreamCreate(&stream);
  cudaEvent_t event;
  cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
  math<<<dim3(2, 1, 1), 128, 0, stream>>>(f, d, 10);
  warp<<<1, 32, 128>>>(a, u, l, f, d);
  memory<<<1, 32>>>(a, u, l, f, d, 1, 2);
  groups<<<1, 32>>>(reinterpret_cast<float4*>(f), 3);
  apply<4><<<1, 1>>>([] __device__(int i) { return i * i; }, a);
  cudaEventRecord(event);
  cudaStreamWaitEvent(stream, event);
  std::vector<float> host(64, 1.f);
  cudaMemcpyToSymbol(table, host.data(), sizeof(float) * 64);
  double t;
  cudaMemcpyFromSymbol(&t, total, sizeof t);
  void* address;
  cudaGetSymbolAddress(&address, total);
  size_t size;
  cudaGetSymbolSize(&size, total);
  cudaMemcpyAsync(host.data(), f, 64, cudaMemcpyDeviceToHost, stream);
  cudaFuncAttributes attributes;
  cudaFuncGetAttributes(&attributes, math);
  cudaFuncSetAttribute(warp, cudaFuncAttributeMaxDynamicSharedMemorySize, 65536);
  int blocks, grid, block;
  cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, math, 128, 0);
  cudaOccupancyMaxPotentialBlockSize(&grid, &block, math, 0, 0);
  void* args[] = {&f, &d, &block};
  cudaLaunchKernel(math, dim3(1), dim3(32), args, 0, stream);
  cudaLaunchKernel((void*)math, 1, 32, args);
  cudaDeviceProp prop;
  cudaGetDeviceProperties(&prop, 0);
  int host_min = min(3, 4) + max(1u, 2u);
  float r = rsqrtf(2.f) + both(2.f);
  cudaChannelFormatDesc desc = cudaCreateChannelDesc<float4>();
  CUdevice device;
  cuInit(0);
  cuDeviceGet(&device, 0);
  CUcontext context;
  cuDevicePrimaryCtxRetain(&context, device);
  CUdeviceptr pointer;
  cuMemAlloc(&pointer, 64);
  std::printf("%s %d %f %zu %d %d\n", cudaGetErrorString(cudaGetLastError()), host_min, r, size, desc.x, prop.major);
  return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
