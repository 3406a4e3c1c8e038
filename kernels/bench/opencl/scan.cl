// cuda/scan.cu in OpenCL C.

kernel void scan(global const float* in, global float* out, int n) {
  local float buffer[2][256];
  int t = get_local_id(0);
  int i = get_global_id(0);
  int from = 0;
  buffer[0][t] = i < n ? in[i] : 0.0f;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int offset = 1; offset < get_local_size(0); offset *= 2) {
    int to = 1 - from;
    buffer[to][t] = t >= offset ? buffer[from][t] + buffer[from][t - offset] : buffer[from][t];
    barrier(CLK_LOCAL_MEM_FENCE);
    from = to;
  }
  if (i < n) out[i] = buffer[from][t];
}
