// cuda/bitonic.cu in OpenCL C.

kernel void bitonic(global float* data, uint j, uint k, uint n) {
  uint i = get_global_id(0);
  uint partner = i ^ j;
  if (i >= n || partner <= i) return;
  float a = data[i];
  float b = data[partner];
  bool up = (i & k) == 0;
  if (up ? a > b : a < b) {
    data[i] = b;
    data[partner] = a;
  }
}
