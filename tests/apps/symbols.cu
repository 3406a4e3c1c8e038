// A large struct passed by value, __constant__ and __device__ variables with and without initial values, copies to and
// from symbols, and a symbol's address.
#include <cstring>

#include "check.h"

struct Nested {
  char tag;
  double weight;
};
struct Parameters {
  char letter;
  short small[3];
  int* out;
  Nested nested[2];
  float3 offset;
  unsigned char tail;
};

__constant__ float coefficients[16];
__constant__ int primes[5] = {2, 3, 5, 7, 11};
__device__ int counter = 40;
__device__ double table[8];
__device__ const char message[] = "device text";
__device__ int* pointer_to_counter = &counter;

__global__ void use_struct(Parameters p) {
  int i = threadIdx.x;
  p.out[i] = p.letter + p.small[i % 3] + int(p.nested[i % 2].weight) + p.nested[1].tag + int(p.offset.z) + p.tail + i;
}

__global__ void use_symbols(float* out) {
  int i = threadIdx.x;
  out[i] = coefficients[i] * primes[i % 5] + float(table[i % 8]) + message[i % 11];
  atomicAdd(pointer_to_counter, 1);
}

static long check_struct() {
  Parameters p = {};
  p.letter = 'q';
  for (int i = 0; i < 3; ++i) p.small[i] = -100 * (i + 1);
  p.nested[0] = {'a', 1000.5};
  p.nested[1] = {'b', -2000.25};
  p.offset = make_float3(1, 2, 300);
  p.tail = 200;
  check::Buffer<int> out(64);
  p.out = out.get();
  use_struct<<<1, 64>>>(p);
  check::must_launch();
  std::vector<int> want(64);
  for (int i = 0; i < 64; ++i) want[i] = 'q' - 100 * (i % 3 + 1) + (i % 2 ? -2000 : 1000) + 'b' + 300 + 200 + i;
  return check::differences(out.download(), want);
}

static long check_symbols() {
  float host_coefficients[16];
  for (int i = 0; i < 16; ++i) host_coefficients[i] = i * 0.5f;
  check::must(cudaMemcpyToSymbol(coefficients, host_coefficients, sizeof(host_coefficients)));
  double half_table[4] = {10, 20, 30, 40};
  check::must(cudaMemcpyToSymbol(table, half_table, sizeof(half_table), 4 * sizeof(double)));
  check::Buffer<float> out(16);
  use_symbols<<<1, 16>>>(out.get());
  check::must_launch();
  const int host_primes[5] = {2, 3, 5, 7, 11};
  const char text[] = "device text";
  std::vector<float> want(16);
  for (int i = 0; i < 16; ++i) {
    want[i] = host_coefficients[i] * host_primes[i % 5] + (i % 8 < 4 ? 0 : half_table[i % 8 - 4]) + text[i % 11];
  }
  int counted = 0, through_address = 0;
  check::must(cudaMemcpyFromSymbol(&counted, counter, sizeof(counted)));
  void* address = nullptr;
  std::size_t size = 0;
  check::must(cudaGetSymbolAddress(&address, counter));
  check::must(cudaGetSymbolSize(&size, table));
  check::must(cudaMemcpy(&through_address, address, sizeof(int), cudaMemcpyDeviceToHost));
  return check::differences(out.download(), want) +
         check::differences(std::vector<int>{counted, through_address, int(size)}, std::vector<int>{56, 56, 64});
}

int main() {
  return check::verdict("symbols", check_struct() + check_symbols());
}
