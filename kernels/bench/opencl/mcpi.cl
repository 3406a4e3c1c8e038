// cuda/mcpi.cu in OpenCL C.

kernel void mcpi(global int* hits, int samples, int n) {
  int i = get_global_id(0);
  if (i >= n) return;
  uint state = i * 2654435761u + 12345u;
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
