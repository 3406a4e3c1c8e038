// C = A * B through 16 x 16 tiles in shared memory, sizes that are no multiple of the tile. Small whole numbers make
// every product and sum exact; real inputs are compared with a double-precision product.
#include <cfloat>

#include "check.h"

constexpr int kTile = 16;

__global__ void matmul(const float* a, const float* b, float* c, int rows, int columns, int inner) {
  __shared__ float tile_a[kTile][kTile];
  __shared__ float tile_b[kTile][kTile];
  int row = blockIdx.y * kTile + threadIdx.y;
  int column = blockIdx.x * kTile + threadIdx.x;
  float sum = 0;
  for (int start = 0; start < inner; start += kTile) {
    int from_a = start + threadIdx.x, from_b = start + threadIdx.y;
    tile_a[threadIdx.y][threadIdx.x] = row < rows && from_a < inner ? a[row * inner + from_a] : 0;
    tile_b[threadIdx.y][threadIdx.x] = column < columns && from_b < inner ? b[from_b * columns + column] : 0;
    __syncthreads();
    for (int k = 0; k < kTile; ++k) sum += tile_a[threadIdx.y][k] * tile_b[k][threadIdx.x];
    __syncthreads();
  }
  if (row < rows && column < columns) c[row * columns + column] = sum;
}

static long run(int rows, int columns, int inner, bool whole_numbers) {
  check::Random random(3);
  std::vector<float> a(rows * inner), b(inner * columns);
  for (float& value : a) value = whole_numbers ? random.integer(-4, 4) : random.uniform(-1, 1);
  for (float& value : b) value = whole_numbers ? random.integer(-4, 4) : random.uniform(-1, 1);
  std::vector<double> want(rows * columns, 0.0);
  for (int i = 0; i < rows; ++i) {
    for (int k = 0; k < inner; ++k) {
      for (int j = 0; j < columns; ++j) want[i * columns + j] += double(a[i * inner + k]) * b[k * columns + j];
    }
  }
  check::Buffer<float> device_a(a), device_b(b), device_c(rows * columns);
  dim3 grid((columns + kTile - 1) / kTile, (rows + kTile - 1) / kTile);
  matmul<<<grid, dim3(kTile, kTile)>>>(device_a.get(), device_b.get(), device_c.get(), rows, columns, inner);
  check::must_launch();
  // Inner products of `inner` terms below 1: each of the additions rounds by at most half an ulp of a sum below
  // `inner`.
  double bound = whole_numbers ? 0 : 0.5 * inner * inner * FLT_EPSILON;
  return check::differences(device_c.download(), want, 0, bound);
}

int main(int argc, char** argv) {
  int size = check::size_argument(argc, argv, 50);
  return check::verdict("matmul_tiled", run(size, size + 13, size - 3, true) + run(size + 1, size, size + 7, false));
}
