// cuda/hist.cu in OpenCL C.

kernel void hist_sh(global const uint* data, int n, global uint* bins) {
  local uint counts[256];
  int t = get_local_id(0);
  counts[t] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = get_global_id(0); i < n; i += get_global_size(0)) atomic_inc(&counts[data[i] & 255]);
  barrier(CLK_LOCAL_MEM_FENCE);
  atomic_add(&bins[t], counts[t]);
}

kernel void hist_gl(global const uint* data, int n, global uint* bins) {
  for (int i = get_global_id(0); i < n; i += get_global_size(0)) atomic_inc(&bins[data[i] & 255]);
}
