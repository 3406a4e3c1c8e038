// Monte-Carlo pi: each thread draws `samples` points from a generator of its own (xorshift32) and counts those in the
// quarter circle.

extern "C" __global__ void mcpi(int* hits, int samples, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned state = i * 2654435761u + 12345u;
  int count = 0;
  for (int s = 0; s < samples; ++s) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    float x = (state & 0xffff) * (1.0f / 65536.0f);
    float y = (state >> 16) * (1.0f / 65536.0f);
    if (x * x + y * y < 1.0f) ++count;
  }
  hits[i] = count;
}
