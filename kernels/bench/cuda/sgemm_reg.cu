// C = A * B, n x n, row-major, n a multiple of 64: tiles of 64 x 64, 16 x 16 threads with 4 x 4 results each.

constexpr int kTile = 64;
constexpr int kDepth = 16;

extern "C" __global__ void sgemm_reg(const float* a, const float* b, float* c, int n) {
  __shared__ float tile_a[kTile][kDepth + 1];
  __shared__ float tile_b[kDepth][kTile];
  int tx = threadIdx.x;
  int ty = threadIdx.y;
  int thread = ty * 16 + tx;
  int row = blockIdx.y * kTile;
  int column = blockIdx.x * kTile;
  float sum[4][4] = {};
  for (int start = 0; start < n; start += kDepth) {
    for (int i = thread; i < kTile * kDepth; i += 256) {
      tile_a[i / kDepth][i % kDepth] = a[(row + i / kDepth) * n + start + i % kDepth];
      tile_b[i / kTile][i % kTile] = b[(start + i / kTile) * n + column + i % kTile];
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kDepth; ++k) {
      float left[4], right[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) left[i] = tile_a[ty + 16 * i][k];
#pragma unroll
      for (int j = 0; j < 4; ++j) right[j] = tile_b[k][tx + 16 * j];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[i][j] += left[i] * right[j];
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) c[(row + ty + 16 * i) * n + column + tx + 16 * j] = sum[i][j];
  }
}
