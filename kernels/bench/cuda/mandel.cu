// Mandelbrot: the number of iterations of each pixel, at most `limit`.

extern "C" __global__ void mandel(int* out, int width, int height, float left, float top, float step, int limit) {
  int px = blockIdx.x * blockDim.x + threadIdx.x;
  int py = blockIdx.y * blockDim.y + threadIdx.y;
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
