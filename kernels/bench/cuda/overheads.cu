// What a launch, a block and a barrier cost: nothing else is in these kernels.

extern "C" __global__ void empty() {}

// Two barriers per round, before and behind a read of what lies side by side, or of what lies anywhere.
extern "C" __global__ void barrier_contiguous(float* out, int rounds, int offset) {
  __shared__ float cell[512];
  cell[threadIdx.x + 256] = 1.0f;
  float sum = threadIdx.x;
  for (int r = 0; r < rounds; ++r) {
    cell[threadIdx.x] = sum;
    __syncthreads();
    sum = 0.5f * (sum + cell[threadIdx.x + offset]);
    __syncthreads();
  }
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

extern "C" __global__ void barrier_gathered(float* out, int rounds, int stride) {
  __shared__ float cell[256];
  float sum = threadIdx.x;
  for (int r = 0; r < rounds; ++r) {
    cell[threadIdx.x] = sum;
    __syncthreads();
    sum = 0.5f * (sum + cell[(threadIdx.x * stride) & 255]);
    __syncthreads();
  }
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}
