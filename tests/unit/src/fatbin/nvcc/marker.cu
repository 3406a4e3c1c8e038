// Compiled by nvcc in many ways; run.sh looks at what arrives at registration.
__constant__ float table[16];

extern "C" __global__ void __launch_bounds__(128) marker_kernel(float* a, int n) {
  __shared__ float row[100];
  row[threadIdx.x % 100] = a[threadIdx.x];
  __syncthreads();
  a[threadIdx.x] = row[(threadIdx.x + 1) % 100] + table[n];
}

extern "C" __global__ void local_kernel(const float* a, float* out, int n) {
  float line[64];
  for (int i = 0; i < n; i++) line[(i * n) & 63] = a[i] * a[n];
  out[threadIdx.x] = line[n & 63];
}

int main() { return 0; }
