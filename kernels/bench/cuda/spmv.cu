// y = A * x for a sparse matrix in CSR form, one thread per row.

extern "C" __global__ void spmv(const int* row_start, const int* column, const float* value, const float* x, float* y,
                                int rows) {
  int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  float sum = 0.0f;
  for (int k = row_start[row]; k < row_start[row + 1]; ++k) sum += value[k] * x[column[k]];
  y[row] = sum;
}
