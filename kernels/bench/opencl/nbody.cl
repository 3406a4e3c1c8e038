// cuda/nbody.cu in OpenCL C.

kernel void nbody(global const float4* bodies, global float4* acceleration, int n, float softening) {
  local float4 tile[256];
  int t = get_local_id(0);
  int i = get_global_id(0);
  float4 self = i < n ? bodies[i] : (float4)(0.0f);
  float ax = 0.0f, ay = 0.0f, az = 0.0f;
  for (int start = 0; start < n; start += get_local_size(0)) {
    int j = start + t;
    tile[t] = j < n ? bodies[j] : (float4)(0.0f);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int k = 0; k < 256; ++k) {
      float4 other = tile[k];
      float dx = other.x - self.x;
      float dy = other.y - self.y;
      float dz = other.z - self.z;
      float inverse = rsqrt(dx * dx + dy * dy + dz * dz + softening);
      float pull = other.w * inverse * inverse * inverse;
      ax += dx * pull;
      ay += dy * pull;
      az += dz * pull;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (i < n) acceleration[i] = (float4)(ax, ay, az, 0.0f);
}
