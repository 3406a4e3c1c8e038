// Escape times: a loop whose lanes leave at different times. Every multiply-add is written as fma, so the host's counts
// are the same to the last pixel.
#include "check.h"

constexpr int kMost = 200;

__host__ __device__ inline int escape_time(float cx, float cy) {
  float x = 0, y = 0;
  int step = 0;
  for (; step < kMost; ++step) {
    float square_y = y * y;
    if (fmaf(x, x, square_y) > 4.0f) break;
    float next = fmaf(x, x, cx - square_y);
    y = fmaf(x + x, y, cy);
    x = next;
  }
  return step;
}

// One pixel apart in exact steps: multiples of 2^-6, so that no rounding depends on how the position is computed.
__host__ __device__ inline float coordinate(int pixel, float low) {
  return low + static_cast<float>(pixel) * 0.015625f;
}

__global__ void mandelbrot(int* out, int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < width && y < height) out[y * width + x] = escape_time(coordinate(x, -2.0f), coordinate(y, -1.25f));
}

int main(int argc, char** argv) {
  int width = check::size_argument(argc, argv, 96), height = width - 16;
  std::vector<int> want(width * height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) want[y * width + x] = escape_time(coordinate(x, -2.0f), coordinate(y, -1.25f));
  }
  check::Buffer<int> out(want.size());
  mandelbrot<<<dim3((width + 15) / 16, (height + 7) / 8), dim3(16, 8)>>>(out.get(), width, height);
  check::must_launch();
  return check::verdict("mandelbrot", check::differences(out.download(), want));
}
