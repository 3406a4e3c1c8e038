// Grid-stride saxpy over three-dimensional grids and blocks of odd shapes, where the last warp of a block is not full.
// The kernel asks for a fused multiply-add, so the host's fma gives the same bits.
#include "check.h"

__device__ unsigned flat(uint3 index, dim3 extent) {
  return (index.z * extent.y + index.y) * extent.x + index.x;
}

__global__ void saxpy(float a, const float* x, float* y, unsigned* visits, unsigned count) {
  unsigned threads_per_block = blockDim.x * blockDim.y * blockDim.z;
  unsigned thread = flat(blockIdx, gridDim) * threads_per_block + flat(threadIdx, blockDim);
  unsigned stride = gridDim.x * gridDim.y * gridDim.z * threads_per_block;
  for (unsigned i = thread; i < count; i += stride) {
    y[i] = fmaf(a, x[i], y[i]);
    visits[i] += 1;
  }
}

int main(int argc, char** argv) {
  unsigned count = check::size_argument(argc, argv, 5000);
  const dim3 shapes[][2] = {{dim3(3, 2, 2), dim3(7, 5, 3)},  {dim3(1, 1, 1), dim3(1, 1, 1)},
                            {dim3(2, 3, 5), dim3(33, 1, 2)}, {dim3(5, 1, 1), dim3(16, 16, 1)},
                            {dim3(1, 2, 1), dim3(4, 4, 64)}, {dim3(4, 1, 1), dim3(1, 96, 1)}};
  long wrong = 0;
  for (const auto& [grid, block] : shapes) {
    check::Random random(2);
    std::vector<float> x(count), y(count), want(count);
    for (unsigned i = 0; i < count; ++i) {
      x[i] = random.uniform(-1, 1);
      y[i] = random.uniform(-1, 1);
      want[i] = std::fma(2.5f, x[i], y[i]);
    }
    check::Buffer<float> device_x(x), device_y(y);
    check::Buffer<unsigned> visits(count);
    visits.fill_bytes(0);
    saxpy<<<grid, block>>>(2.5f, device_x.get(), device_y.get(), visits.get(), count);
    check::must_launch();
    wrong += check::differences(device_y.download(), want);
    wrong += check::differences(visits.download(), std::vector<unsigned>(count, 1u));
  }
  return check::verdict("saxpy_3d", wrong);
}
