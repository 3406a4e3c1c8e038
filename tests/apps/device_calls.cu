// Device functions that stay functions: calls that return values and structs, write through pointers to the caller's
// locals, recurse to different depths per lane, and use a local array.
#include "check.h"

struct Pair {
  int low, high;
};

__device__ __noinline__ int add_three(int a, int b, int c) {
  return a + b + c;
}

__device__ __noinline__ Pair ordered(int a, int b) {
  return a < b ? Pair{a, b} : Pair{b, a};
}

__device__ __noinline__ void divide(int a, int b, int* quotient, int* remainder) {
  *quotient = a / b;
  *remainder = a % b;
}

__device__ __noinline__ double average(const int* values, int count) {
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += values[i];
  return sum / count;
}

__device__ __noinline__ unsigned fibonacci(unsigned n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

__device__ __noinline__ unsigned ackermann(unsigned m, unsigned n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

__global__ void calls(int* out, const int* in) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  Pair pair = ordered(in[i], i);
  int quotient, remainder, values[8];
  divide(in[i] + 1000, i % 7 + 1, &quotient, &remainder);
  for (int k = 0; k < 8; ++k) values[(k * 3) % 8] = in[i] + k;
  int mean_times_two = int(average(values, i % 8 + 1) * 2 * (i % 8 + 1));
  out[i] = add_three(pair.low * 2, pair.high, quotient) + remainder * 100 + mean_times_two;
}

__global__ void recursion(unsigned* out) {
  unsigned i = threadIdx.x;
  out[i] = i % 2 == 0 ? fibonacci(i % 12) : ackermann(2, i % 5);
}

static int expected(int in, int i) {
  int low = in < i ? in : i, high = in < i ? i : in, sum = 0, values[8];
  int quotient = (in + 1000) / (i % 7 + 1), remainder = (in + 1000) % (i % 7 + 1);
  for (int k = 0; k < 8; ++k) values[(k * 3) % 8] = in + k;
  for (int k = 0; k < i % 8 + 1; ++k) sum += values[k];
  return low * 2 + high + quotient + remainder * 100 + sum * 2;
}

int main() {
  const int count = 200;
  std::vector<int> in(count), want(count);
  for (int i = 0; i < count; ++i) {
    in[i] = (i * 53) % 97;
    want[i] = expected(in[i], i);
  }
  check::Buffer<int> device_in(in), out(count);
  calls<<<2, count / 2>>>(out.get(), device_in.get());
  check::must_launch();

  // A(2, n) = 2n + 3.
  const unsigned fibonacci_numbers[] = {0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89};
  std::vector<unsigned> want_recursion(48);
  for (unsigned i = 0; i < 48; ++i) want_recursion[i] = i % 2 == 0 ? fibonacci_numbers[i % 12] : 2 * (i % 5) + 3;
  check::Buffer<unsigned> out_recursion(48);
  recursion<<<1, 48>>>(out_recursion.get());
  check::must_launch();
  long wrong = check::differences(out.download(), want) + check::differences(out_recursion.download(), want_recursion);
  return check::verdict("device_calls", wrong);
}
