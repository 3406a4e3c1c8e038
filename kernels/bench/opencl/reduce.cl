// cuda/reduce.cu in OpenCL C, which has no shuffles.

kernel void reduce_sh(global const float* in, global float* out, int n) {
  local float cache[256];
  int t = get_local_id(0);
  float sum = 0.0f;
  for (int i = get_global_id(0); i < n; i += get_global_size(0)) sum += in[i];
  cache[t] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int stride = get_local_size(0) / 2; stride > 0; stride /= 2) {
    if (t < stride) cache[t] += cache[t + stride];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (t == 0) out[get_group_id(0)] = cache[0];
}
