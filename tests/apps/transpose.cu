// Matrix transpose, directly and through a padded 32 x 32 tile with 32 x 8 threads; sizes that cut tiles.
#include "check.h"

constexpr int kTile = 32;
constexpr int kRows = 8;

__global__ void transpose_direct(const int* in, int* out, int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < width && y < height) out[x * height + y] = in[y * width + x];
}

__global__ void transpose_tiled(const int* in, int* out, int width, int height) {
  __shared__ int tile[kTile][kTile + 1];
  int x = blockIdx.x * kTile + threadIdx.x;
  for (int row = threadIdx.y; row < kTile; row += kRows) {
    int y = blockIdx.y * kTile + row;
    if (x < width && y < height) tile[row][threadIdx.x] = in[y * width + x];
  }
  __syncthreads();
  int out_x = blockIdx.y * kTile + threadIdx.x;
  for (int row = threadIdx.y; row < kTile; row += kRows) {
    int out_y = blockIdx.x * kTile + row;
    if (out_x < height && out_y < width) out[out_y * height + out_x] = tile[threadIdx.x][row];
  }
}

int main(int argc, char** argv) {
  int width = check::size_argument(argc, argv, 100), height = width + 37;
  std::vector<int> in(width * height), want(width * height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) want[x * height + y] = in[y * width + x] = y * 1000 + x;
  }
  check::Buffer<int> device_in(in), direct(in.size()), tiled(in.size());
  transpose_direct<<<dim3((width + 15) / 16, (height + 15) / 16), dim3(16, 16)>>>(device_in.get(), direct.get(), width,
                                                                                  height);
  dim3 grid((width + kTile - 1) / kTile, (height + kTile - 1) / kTile);
  transpose_tiled<<<grid, dim3(kTile, kRows)>>>(device_in.get(), tiled.get(), width, height);
  check::must_launch();
  long wrong = check::differences(direct.download(), want) + check::differences(tiled.download(), want);
  return check::verdict("transpose", wrong);
}
