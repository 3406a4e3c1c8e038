// CUDA arrays as storage: what goes in by one copy comes out by another, in one, two and three dimensions, layered and
// mipmapped, by rows, boxes and bytes; descriptions; and the errors.
#include "check.h"

namespace {

using check::must;
long wrong = 0;

void expect(bool good, const char* what, int line = __builtin_LINE()) {
  if (good) return;
  ++wrong;
  std::fprintf(stderr, "line %d: %s\n", line, what);
}

std::vector<float> numbers(size_t count) {
  std::vector<float> made(count);
  for (size_t i = 0; i < count; ++i) made[i] = 0.5f * static_cast<float>(i);
  return made;
}

void two_dimensions() {
  constexpr size_t kWidth = 37, kHeight = 19;
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc(32, 0, 0, 0, cudaChannelFormatKindFloat);
  cudaArray_t array, other;
  must(cudaMallocArray(&array, &desc, kWidth, kHeight));
  must(cudaMallocArray(&other, &desc, kWidth, kHeight));
  const std::vector<float> in = numbers(kWidth * kHeight);
  std::vector<float> out(in.size());
  constexpr size_t kRow = kWidth * sizeof(float);
  must(cudaMemcpy2DToArray(array, 0, 0, in.data(), kRow, kRow, kHeight, cudaMemcpyHostToDevice));
  must(cudaMemcpy2DArrayToArray(other, 0, 0, array, 0, 0, kRow, kHeight, cudaMemcpyDeviceToDevice));
  must(cudaMemcpy2DFromArray(out.data(), kRow, other, 0, 0, kRow, kHeight, cudaMemcpyDeviceToHost));
  wrong += check::differences(out, in);
  // A box from the middle, through pitched device memory.
  float* pitched;
  size_t pitch;
  must(cudaMallocPitch(&pitched, &pitch, 5 * sizeof(float), 4));
  must(cudaMemcpy2DFromArray(pitched, pitch, array, 3 * sizeof(float), 2, 5 * sizeof(float), 4, cudaMemcpyDefault));
  std::vector<float> box(20), want;
  must(cudaMemcpy2D(box.data(), 5 * sizeof(float), pitched, pitch, 5 * sizeof(float), 4, cudaMemcpyDeviceToHost));
  for (size_t y = 2; y < 6; ++y) want.insert(want.end(), &in[y * kWidth + 3], &in[y * kWidth + 8]);
  wrong += check::differences(box, want);
  expect(cudaMemcpy2DFromArray(out.data(), kRow, array, 4, 0, kRow, kHeight, cudaMemcpyDeviceToHost) ==
             cudaErrorInvalidValue,
         "a copy left its array");
  cudaChannelFormatDesc told;
  cudaExtent extent;
  unsigned flags = 99;
  must(cudaArrayGetInfo(&told, &extent, &flags, array));
  expect(told.x == 32 && told.y == 0 && told.f == cudaChannelFormatKindFloat, "an array's channels");
  expect(extent.width == kWidth && extent.height == kHeight && extent.depth == 0 && flags == 0, "an array's extent");
  must(cudaFree(pitched));
  must(cudaFreeArray(array));
  must(cudaFreeArray(other));
  must(cudaFreeArray(nullptr));
}

void by_bytes() {
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc<uchar4>();
  cudaArray_t array;
  must(cudaMallocArray(&array, &desc, 10, 6));
  std::vector<unsigned char> in(240), out(240);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<unsigned char>(7 * i);
  const size_t row = 40;
  must(cudaMemcpy2DToArray(array, 0, 0, in.data(), row, row, 6, cudaMemcpyHostToDevice));
  cudaStream_t stream;
  must(cudaStreamCreate(&stream));
  must(cudaMemcpy2DFromArrayAsync(out.data(), row, array, 0, 0, row, 6, cudaMemcpyDeviceToHost, stream));
  must(cudaStreamSynchronize(stream));
  wrong += check::differences(out, in);
  must(cudaStreamDestroy(stream));
  must(cudaFreeArray(array));
}

void three_dimensions(unsigned flags) {
  const cudaExtent extent = make_cudaExtent(12, 7, 5);
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc<float2>();
  cudaArray_t array;
  must(cudaMalloc3DArray(&array, &desc, extent, flags));
  const std::vector<float> in = numbers(12 * 7 * 5 * 2);
  std::vector<float> out(in.size()), part(4 * 3 * 2 * 2), want;
  cudaMemcpy3DParms up = {};
  up.srcPtr = make_cudaPitchedPtr(const_cast<float*>(in.data()), 12 * sizeof(float2), 12, 7);
  up.dstArray = array;
  up.extent = extent;
  up.kind = cudaMemcpyHostToDevice;
  must(cudaMemcpy3D(&up));
  cudaMemcpy3DParms down = {};
  down.srcArray = array;
  down.dstPtr = make_cudaPitchedPtr(out.data(), 12 * sizeof(float2), 12, 7);
  down.extent = extent;
  down.kind = cudaMemcpyDeviceToHost;
  must(cudaMemcpy3D(&down));
  wrong += check::differences(out, in);
  down.srcPos = make_cudaPos(2, 3, 1);  // in elements of the array
  down.dstPtr = make_cudaPitchedPtr(part.data(), 4 * sizeof(float2), 4, 3);
  down.extent = make_cudaExtent(4, 3, 2);
  must(cudaMemcpy3D(&down));
  for (size_t z = 1; z < 3; ++z)
    for (size_t y = 3; y < 6; ++y)
      want.insert(want.end(), &in[((z * 7 + y) * 12 + 2) * 2], &in[((z * 7 + y) * 12 + 6) * 2]);
  wrong += check::differences(part, want);
  must(cudaFreeArray(array));
}

void levels() {
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc<int>();
  cudaMipmappedArray_t array;
  cudaArray_t level;
  cudaExtent extent;
  must(cudaMallocMipmappedArray(&array, &desc, make_cudaExtent(20, 8, 0), 3));
  must(cudaGetMipmappedArrayLevel(&level, array, 2));
  must(cudaArrayGetInfo(nullptr, &extent, nullptr, level));
  expect(extent.width == 5 && extent.height == 2, "the extent of a level");
  expect(cudaGetMipmappedArrayLevel(&level, array, 3) == cudaErrorInvalidValue, "a level beyond the last");
  must(cudaFreeMipmappedArray(array));
  cudaGetLastError();
}

void errors() {
  cudaChannelFormatDesc desc = cudaCreateChannelDesc(8, 8, 8, 0, cudaChannelFormatKindUnsigned);
  cudaArray_t array;
  expect(cudaMallocArray(&array, &desc, 4, 4) != cudaSuccess, "three channels");
  desc = cudaCreateChannelDesc<char>();
  expect(cudaMallocArray(&array, &desc, 0, 4) == cudaErrorInvalidValue, "no width");
  size_t free_before, free_after, total;
  must(cudaMemGetInfo(&free_before, &total));
  must(cudaMallocArray(&array, &desc, 4096, 4096));
  must(cudaMemGetInfo(&free_after, &total));
  expect(free_before >= free_after + 4096 * 4096, "an array's memory is not counted");
  must(cudaFreeArray(array));
  cudaGetLastError();
}

}  // namespace

int main() {
  two_dimensions();
  by_bytes();
  three_dimensions(cudaArrayDefault);
  three_dimensions(cudaArrayLayered);
  levels();
  errors();
  return check::verdict("arrays", wrong);
}
