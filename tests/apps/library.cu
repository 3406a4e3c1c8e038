// CUDA code in a shared object: what a program linked to it, or opening it later, calls. It carries its own runtime.
#include "check.h"

__global__ void square(int* data) {
  data[threadIdx.x] *= data[threadIdx.x];
}

extern "C" int run_squares() {
  std::vector<int> in(64), want(64);
  for (int i = 0; i < 64; ++i) {
    in[i] = i - 20;
    want[i] = in[i] * in[i];
  }
  check::Buffer<int> data(in);
  square<<<1, 64>>>(data.get());
  check::must_launch();
  return check::verdict("library", check::differences(data.download(), want));
}
