// The unit that defines what linked.cu declares.
#include "linked_parts.h"

__device__ int counter = 40;
__constant__ float weights[4] = {0.5f, 1.5f, 2.5f, 3.5f};
__device__ int table[3][2] = {{1, 2}, {3, 4}};

static __device__ int hidden = 7;  // both units have one
static __device__ __noinline__ int helper(int x) {
  return x + hidden;
}

__device__ int add_one(int x) {
  return x + 1;
}
static __device__ int triple(int x) {
  return 3 * x;
}
static __device__ int through_helper(int x) {
  return helper(x);
}
__device__ Operation operations[3] = {add_one, triple, through_helper};

__device__ Pair make_pair(int x, double y) {
  return {x * 2, y + shared_template(0.25)};
}

__device__ int descend(int n) {
  return n <= 0 ? 0 : 1 + ascend(n - 1);
}

namespace {
struct Square : Shape {
  double side;
  __device__ explicit Square(double s) : side(s) {}
  __device__ double area() const override { return side * side; }
};
struct Circle : Shape {
  double radius;
  __device__ explicit Circle(double r) : radius(r) {}
  __device__ double area() const override { return 3 * radius * radius; }
};
}  // namespace

__device__ Shape* make_shape(int kind, double size) {
  if (kind == 0) return new Square(size);
  return new Circle(size);
}

extern __shared__ int scratch[];

static __global__ void part_kernel(int* out) {
  scratch[threadIdx.x] = helper(static_cast<int>(threadIdx.x));
  __syncthreads();
  out[threadIdx.x] = scratch[blockDim.x - 1 - threadIdx.x];
}

int launch_from_part(int* out) {
  part_kernel<<<1, 32, 32 * sizeof(int)>>>(out);
  return static_cast<int>(cudaGetLastError());
}
