// cuda/sgemm_reg.cu in OpenCL C.
#define TILE 64
#define DEPTH 16

kernel void sgemm_reg(global const float* a, global const float* b, global float* c, int n) {
  local float tile_a[TILE][DEPTH + 1];
  local float tile_b[DEPTH][TILE];
  int tx = get_local_id(0), ty = get_local_id(1);
  int thread = ty * 16 + tx;
  int row = get_group_id(1) * TILE;
  int column = get_group_id(0) * TILE;
  float sum[4][4] = {{0.0f}};
  for (int start = 0; start < n; start += DEPTH) {
    for (int i = thread; i < TILE * DEPTH; i += 256) {
      tile_a[i / DEPTH][i % DEPTH] = a[(row + i / DEPTH) * n + start + i % DEPTH];
      tile_b[i / TILE][i % TILE] = b[(start + i / TILE) * n + column + i % TILE];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int k = 0; k < DEPTH; ++k) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[i][j] += tile_a[ty + 16 * i][k] * tile_b[k][tx + 16 * j];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) c[(row + ty + 16 * i) * n + column + tx + 16 * j] = sum[i][j];
  }
}
