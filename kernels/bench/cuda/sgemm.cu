// C = A * B, n x n, row-major: without shared memory, and with square tiles of 16 and 32.

extern "C" __global__ void sgemm_naive(const float* a, const float* b, float* c, int n) {
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= n || column >= n) return;
  float sum = 0.0f;
  for (int k = 0; k < n; ++k) sum += a[row * n + k] * b[k * n + column];
  c[row * n + column] = sum;
}

template <int kTile>
__device__ void sgemm_tiled(const float* a, const float* b, float* c, int n) {
  __shared__ float tile_a[kTile][kTile];
  __shared__ float tile_b[kTile][kTile];
  int tx = threadIdx.x;
  int ty = threadIdx.y;
  int row = blockIdx.y * kTile + ty;
  int column = blockIdx.x * kTile + tx;
  float sum = 0.0f;
  for (int start = 0; start < n; start += kTile) {
    tile_a[ty][tx] = row < n && start + tx < n ? a[row * n + start + tx] : 0.0f;
    tile_b[ty][tx] = column < n && start + ty < n ? b[(start + ty) * n + column] : 0.0f;
    __syncthreads();
    for (int k = 0; k < kTile; ++k) sum += tile_a[ty][k] * tile_b[k][tx];
    __syncthreads();
  }
  if (row < n && column < n) c[row * n + column] = sum;
}

extern "C" __global__ void sgemm_t16(const float* a, const float* b, float* c, int n) {
  sgemm_tiled<16>(a, b, c, n);
}

extern "C" __global__ void sgemm_t32(const float* a, const float* b, float* c, int n) {
  sgemm_tiled<32>(a, b, c, n);
}
