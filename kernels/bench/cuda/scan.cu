// Inclusive prefix sums of blocks of 256 elements, in eight double-buffered steps (Hillis and Steele).

extern "C" __global__ void scan(const float* in, float* out, int n) {
  __shared__ float buffer[2][256];
  int t = threadIdx.x;
  int i = blockIdx.x * blockDim.x + t;
  int from = 0;
  buffer[0][t] = i < n ? in[i] : 0.0f;
  __syncthreads();
  for (int offset = 1; offset < blockDim.x; offset *= 2) {
    int to = 1 - from;
    buffer[to][t] = t >= offset ? buffer[from][t] + buffer[from][t - offset] : buffer[from][t];
    __syncthreads();
    from = to;
  }
  if (i < n) out[i] = buffer[from][t];
}
