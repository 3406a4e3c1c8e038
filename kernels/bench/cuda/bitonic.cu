// One step of a bitonic sort: element i meets its partner i ^ j; runs of k elements go up and down in turn.

extern "C" __global__ void bitonic(float* data, unsigned j, unsigned k, unsigned n) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned partner = i ^ j;
  if (i >= n || partner <= i) return;
  float a = data[i];
  float b = data[partner];
  bool up = (i & k) == 0;
  if (up ? a > b : a < b) {
    data[i] = b;
    data[partner] = a;
  }
}
