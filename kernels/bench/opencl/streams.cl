// cuda/streams.cu in OpenCL C.

kernel void copy(global const float* in, global float* out, int n) {
  int i = get_global_id(0);
  if (i < n) out[i] = in[i];
}

kernel void vecadd(global const float* a, global const float* b, global float* c, int n) {
  int i = get_global_id(0);
  if (i < n) c[i] = a[i] + b[i];
}

kernel void saxpy(float a, global const float* x, global float* y, int n) {
  int i = get_global_id(0);
  if (i < n) y[i] = a * x[i] + y[i];
}
