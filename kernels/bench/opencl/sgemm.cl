// cuda/sgemm.cu in OpenCL C.

kernel void sgemm_naive(global const float* a, global const float* b, global float* c, int n) {
  int row = get_global_id(1);
  int column = get_global_id(0);
  if (row >= n || column >= n) return;
  float sum = 0.0f;
  for (int k = 0; k < n; ++k) sum += a[row * n + k] * b[k * n + column];
  c[row * n + column] = sum;
}

#define SGEMM_TILED(name, TILE)                                                                      \
  kernel void name(global const float* a, global const float* b, global float* c, int n) {           \
    local float tile_a[TILE][TILE];                                                                  \
    local float tile_b[TILE][TILE];                                                                  \
    int tx = get_local_id(0), ty = get_local_id(1);                                                  \
    int row = get_group_id(1) * TILE + ty;                                                           \
    int column = get_group_id(0) * TILE + tx;                                                        \
    float sum = 0.0f;                                                                                \
    for (int start = 0; start < n; start += TILE) {                                                  \
      tile_a[ty][tx] = row < n && start + tx < n ? a[row * n + start + tx] : 0.0f;                   \
      tile_b[ty][tx] = column < n && start + ty < n ? b[(start + ty) * n + column] : 0.0f;           \
      barrier(CLK_LOCAL_MEM_FENCE);                                                                  \
      for (int k = 0; k < TILE; ++k) sum += tile_a[ty][k] * tile_b[k][tx];                           \
      barrier(CLK_LOCAL_MEM_FENCE);                                                                  \
    }                                                                                                \
    if (row < n && column < n) c[row * n + column] = sum;                                            \
  }

SGEMM_TILED(sgemm_t16, 16)
SGEMM_TILED(sgemm_t32, 32)
