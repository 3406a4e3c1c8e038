// cuda/mandel.cu in OpenCL C.

kernel void mandel(global int* out, int width, int height, float left, float top, float step, int limit) {
  int px = get_global_id(0);
  int py = get_global_id(1);
  if (px >= width || py >= height) return;
  float cx = left + px * step;
  float cy = top + py * step;
  float x = 0.0f, y = 0.0f;
  int count = 0;
  while (count < limit && x * x + y * y <= 4.0f) {
    float next = x * x - y * y + cx;
    y = 2.0f * x * y + cy;
    x = next;
    ++count;
  }
  out[py * width + px] = count;
}
