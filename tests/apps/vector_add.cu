// c = a + b, one thread per element, the last block half empty. Sums of two floats are rounded once: exact.
#include "check.h"

__global__ void vector_add(const float* a, const float* b, float* c, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) c[i] = a[i] + b[i];
}

int main(int argc, char** argv) {
  int count = check::size_argument(argc, argv, 10000);
  check::Random random(1);
  std::vector<float> a(count), b(count), want(count);
  for (int i = 0; i < count; ++i) {
    a[i] = random.uniform(-10, 10);
    b[i] = random.uniform(-10, 10);
    want[i] = a[i] + b[i];
  }
  check::Buffer<float> device_a(a), device_b(b), device_c(count);
  vector_add<<<(count + 255) / 256, 256>>>(device_a.get(), device_b.get(), device_c.get(), count);
  check::must_launch();
  return check::verdict("vector_add", check::differences(device_c.download(), want));
}
