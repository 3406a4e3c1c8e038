// What the units of the program `linked` share: separate compilation (nvcc -rdc=true) resolves it on the device.
#pragma once

extern __device__ int counter;
extern __constant__ float weights[4];
extern __device__ int table[3][2];

using Operation = int (*)(int);
extern __device__ Operation operations[3];

struct Pair {
  int first;
  double second;
};

__device__ int add_one(int x);
__device__ Pair make_pair(int x, double y);
__device__ int descend(int n);  // calls back into the other unit
__device__ int ascend(int n);

struct Shape {
  __device__ virtual double area() const = 0;
  __device__ virtual ~Shape() {}
};
__device__ Shape* make_shape(int kind, double size);

template <class T>
__device__ __noinline__ T shared_template(T x) {  // weak: in both units
  static __device__ T calls;
  (void)calls;
  return x * 2 + 1;
}

int launch_from_part(int* out);  // a kernel of the other unit
