// A program of two device units linked on the device (-rdc=true): variables, constants, functions, tables of function
// pointers, virtual functions and templates across units; names that both units have for themselves.
#include <cstdio>
#include <vector>

#include "check.h"
#include "linked_parts.h"

static __device__ int hidden = 100;
static __device__ __noinline__ int helper(int x) {
  return x - hidden;
}

__device__ int ascend(int n) {
  return n <= 0 ? 0 : 2 + descend(n - 1);
}

__managed__ int managed_value = 5;

constexpr int kColumns = 10;

__global__ void use_all(double* out) {
  const int i = static_cast<int>(threadIdx.x);
  double* row = out + i * kColumns;
  row[0] = atomicAdd(&counter, 0);
  row[1] = weights[i % 4];
  row[2] = table[i % 3][i % 2];
  row[3] = operations[i % 3](i);
  const Pair pair = make_pair(i, i * 0.5);
  row[4] = pair.first + pair.second;
  row[5] = descend(i % 9);
  Shape* shape = make_shape(i % 2, i);
  row[6] = shape->area();
  delete shape;
  row[7] = shared_template(i);
  row[8] = helper(i);
  row[9] = managed_value;
}

int main() {
  constexpr int kThreads = 64;
  double* device = nullptr;
  check::must(cudaMalloc(&device, kThreads * kColumns * sizeof(double)));
  managed_value = 6;
  use_all<<<1, kThreads>>>(device);
  check::must(cudaDeviceSynchronize());
  std::vector<double> got(kThreads * kColumns);
  check::must(cudaMemcpy(got.data(), device, got.size() * sizeof(double), cudaMemcpyDeviceToHost));

  int wrong = 0;
  const int cells[3][2] = {{1, 2}, {3, 4}, {0, 0}};
  for (int i = 0; i < kThreads; ++i) {
    const int by[3] = {i + 1, 3 * i, i + 7};
    int depth = 0;
    for (int n = i % 9, down = 1; n > 0; --n, down = !down) depth += down ? 1 : 2;
    const double expected[kColumns] = {40,
                                       0.5 + i % 4,
                                       static_cast<double>(cells[i % 3][i % 2]),
                                       static_cast<double>(by[i % 3]),
                                       i * 2 + i * 0.5 + 1.5,
                                       static_cast<double>(depth),
                                       i % 2 == 0 ? 1.0 * i * i : 3.0 * i * i,
                                       i * 2.0 + 1,
                                       i - 100.0,
                                       6};
    for (int c = 0; c < kColumns; ++c) {
      if (got[i * kColumns + c] == expected[c]) continue;
      if (wrong++ < 5) std::printf("thread %d, column %d: %g, expected %g\n", i, c, got[i * kColumns + c], expected[c]);
    }
  }

  // The host reaches a variable that the other unit defines.
  int value = 0;
  check::must(cudaMemcpyFromSymbol(&value, counter, sizeof value));
  wrong += value != 40;
  int* ints = nullptr;
  check::must(cudaMalloc(&ints, 32 * sizeof(int)));
  wrong += launch_from_part(ints) != 0;
  int back[32] = {};
  check::must(cudaMemcpy(back, ints, sizeof back, cudaMemcpyDeviceToHost));
  for (int i = 0; i < 32; ++i) wrong += back[i] != 31 - i + 7;
  std::printf("linked: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
