// Texture and surface objects on every kind of resource: linear memory, pitched memory, arrays with layers, volumes,
// cubemaps and mipmaps; filtered with weights of 8 fraction bits; written through surfaces; described; and the errors.
#include <algorithm>

#include "check.h"

namespace {

using check::must;
long wrong = 0;

void expect(bool good, const char* what, int line = __builtin_LINE()) {
  if (good) return;
  ++wrong;
  std::fprintf(stderr, "line %d: %s\n", line, what);
}
void refuses(cudaError_t status, const char* what, int line = __builtin_LINE()) {
  expect(status == cudaErrorInvalidValue && cudaGetLastError() == status, what, line);
}

__global__ void fetch(cudaTextureObject_t texture, int count, int* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count + 2) out[i] = tex1Dfetch<int>(texture, i - 1);
}
__global__ void plane(cudaTextureObject_t texture, const float2* at, int count, float* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) out[i] = tex2D<float>(texture, at[i].x, at[i].y);
}
__global__ void bytes(cudaTextureObject_t texture, int width, float4* out) {
  const int x = threadIdx.x, y = blockIdx.x;
  out[y * width + x] = tex2D<float4>(texture, x + 0.5f, y + 0.5f);
}
__global__ void others(cudaTextureObject_t layers, cudaTextureObject_t volume, cudaTextureObject_t cube,
                       cudaTextureObject_t levels, float* out) {
  const int i = threadIdx.x;
  out[i] = tex2DLayered<float>(layers, i % 4 + 0.5f, i / 4 % 4 + 0.5f, i / 16);
  out[32 + i] = tex3D<float>(volume, i % 4 + 0.5f, i / 4 % 4 + 0.5f, i / 16 + 0.5f);
  const float sign = i % 2 ? -1.0f : 1.0f;
  out[64 + i] = i / 2 % 3 == 0   ? texCubemap<float>(cube, sign, 0.25f, -0.25f)
                : i / 2 % 3 == 1 ? texCubemap<float>(cube, 0.25f, sign, -0.25f)
                                 : texCubemap<float>(cube, -0.25f, 0.25f, sign);
  out[96 + i] = tex2DLod<float>(levels, 0.3f, 0.3f, 0.25f * i);
}
__global__ void write(cudaSurfaceObject_t surface, int width, int height) {
  const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y;
  if (x >= width || y >= height) return;
  surf2Dwrite(make_short2(x - 3 * y, x * y), surface, x * static_cast<int>(sizeof(short2)), y);
}
__global__ void read(cudaSurfaceObject_t surface, int width, int height, short2* out, short2* beyond) {
  const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y;
  if (x >= width || y >= height) return;
  out[y * width + x] = surf2Dread<short2>(surface, x * static_cast<int>(sizeof(short2)), y);
  if (x == 0) beyond[y] = surf2Dread<short2>(surface, -4, y, cudaBoundaryModeClamp);
  if (x == 1) beyond[height + y] = surf2Dread<short2>(surface, 4 * width, y, cudaBoundaryModeZero);
}

std::vector<float> numbers(size_t count) {
  std::vector<float> made(count);
  for (size_t i = 0; i < count; ++i) made[i] = static_cast<float>(i * 37 % 64) - 20;
  return made;
}

cudaTextureObject_t texture_of(const cudaResourceDesc& resource, const cudaTextureDesc& how) {
  cudaTextureObject_t texture = 0;
  must(cudaCreateTextureObject(&texture, &resource, &how, nullptr));
  return texture;
}
cudaResourceDesc resource_of(cudaArray_t array) {
  cudaResourceDesc resource = {};
  resource.resType = cudaResourceTypeArray;
  resource.res.array.array = array;
  return resource;
}
cudaTextureDesc reading(cudaTextureFilterMode filter = cudaFilterModePoint) {
  cudaTextureDesc how = {};
  for (auto& mode : how.addressMode) mode = cudaAddressModeClamp;
  how.filterMode = filter;
  return how;
}
cudaArray_t array_of(const std::vector<float>& data, cudaExtent extent, unsigned flags) {
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc<float>();
  cudaArray_t array;
  must(cudaMalloc3DArray(&array, &desc, extent, flags));
  cudaMemcpy3DParms copy = {};
  copy.srcPtr =
      make_cudaPitchedPtr(const_cast<float*>(data.data()), extent.width * sizeof(float), extent.width, extent.height);
  copy.dstArray = array;
  copy.extent = make_cudaExtent(extent.width, extent.height, extent.depth ? extent.depth : 1);
  copy.kind = cudaMemcpyHostToDevice;
  must(cudaMemcpy3D(&copy));
  return array;
}

void linear_memory() {
  constexpr int kCount = 1000;
  std::vector<int> data(kCount), want(kCount + 2);
  for (int i = 0; i < kCount; ++i) want[i + 1] = data[i] = i * i - 5;
  check::Buffer<int> buffer(data), out(kCount + 2);
  cudaResourceDesc resource = {};
  resource.resType = cudaResourceTypeLinear;
  resource.res.linear.devPtr = buffer.get();
  resource.res.linear.desc = cudaCreateChannelDesc<int>();
  resource.res.linear.sizeInBytes = kCount * sizeof(int);
  const cudaTextureObject_t texture = texture_of(resource, reading());
  fetch<<<(kCount + 2 + 127) / 128, 128>>>(texture, kCount, out.get());
  check::must_launch();
  wrong += check::differences(out.download(), want);
  cudaResourceDesc told = {};
  must(cudaGetTextureObjectResourceDesc(&told, texture));
  expect(told.resType == cudaResourceTypeLinear && told.res.linear.devPtr == buffer.get() &&
             told.res.linear.sizeInBytes == kCount * sizeof(int) && told.res.linear.desc.x == 32,
         "what a texture object says of its memory");
  must(cudaDestroyTextureObject(texture));
  resource.res.linear.devPtr = buffer.get() + 1;
  cudaTextureObject_t none = 0;
  const cudaTextureDesc how = reading();
  refuses(cudaCreateTextureObject(&none, &resource, &how, nullptr), "misaligned memory");
}

// The guide's formula with weights of 8 fraction bits: exact, for the data are small integers.
float filtered(const std::vector<float>& data, int width, int height, float x, float y) {
  auto place = [](float at, int size, int& first, int& second) {
    const double steps = std::floor((static_cast<double>(at) - 0.5) * 256 + 0.5);
    const double whole = std::floor(steps / 256);
    auto clamped = [&](double i) { return static_cast<int>(i < 0 ? 0 : i > size - 1 ? size - 1 : i); };
    first = clamped(whole), second = clamped(whole + 1);
    return (steps - 256 * whole) / 256;
  };
  int x0, x1, y0, y1;
  const double a = place(x, width, x0, x1), b = place(y, height, y0, y1);
  return static_cast<float>((1 - a) * (1 - b) * data[y0 * width + x0] + a * (1 - b) * data[y0 * width + x1] +
                            (1 - a) * b * data[y1 * width + x0] + a * b * data[y1 * width + x1]);
}

void filtering() {
  constexpr int kWidth = 16, kHeight = 12, kCount = 500;
  const std::vector<float> data = numbers(kWidth * kHeight);
  float* pitched;
  size_t pitch;
  must(cudaMallocPitch(&pitched, &pitch, kWidth * sizeof(float), kHeight));
  must(cudaMemcpy2D(pitched, pitch, data.data(), kWidth * sizeof(float), kWidth * sizeof(float), kHeight,
                    cudaMemcpyHostToDevice));
  cudaResourceDesc resource = {};
  resource.resType = cudaResourceTypePitch2D;
  resource.res.pitch2D.devPtr = pitched;
  resource.res.pitch2D.desc = cudaCreateChannelDesc<float>();
  resource.res.pitch2D.width = kWidth;
  resource.res.pitch2D.height = kHeight;
  resource.res.pitch2D.pitchInBytes = pitch;
  cudaArray_t array = array_of(data, make_cudaExtent(kWidth, kHeight, 0), 0);
  check::Random random(5);
  std::vector<float2> at(kCount);
  std::vector<float> want(kCount);
  for (int i = 0; i < kCount; ++i) {  // 1/1024 past a multiple of 1/256: no rounding of a coordinate decides
    at[i].x = static_cast<float>(random.integer(-512, 256 * kWidth + 512)) / 256 + 0x1p-10f;
    at[i].y = static_cast<float>(random.integer(-512, 256 * kHeight + 512)) / 256 + 0x1p-10f;
    want[i] = filtered(data, kWidth, kHeight, at[i].x, at[i].y);
  }
  check::Buffer<float2> points(at);
  check::Buffer<float> out(kCount);
  for (const cudaResourceDesc& source : {resource, resource_of(array)}) {
    const cudaTextureObject_t texture = texture_of(source, reading(cudaFilterModeLinear));
    plane<<<(kCount + 63) / 64, 64>>>(texture, points.get(), kCount, out.get());
    check::must_launch();
    const std::vector<float> got = out.download();
    for (int i = 0; i < kCount; ++i) expect(std::abs(got[i] - want[i]) <= 1e-4f, "a filtered value");
    must(cudaDestroyTextureObject(texture));
  }
  must(cudaFree(pitched));
  must(cudaFreeArray(array));
}

void normalized_bytes() {
  constexpr int kWidth = 8, kHeight = 4;
  std::vector<unsigned char> data(4 * kWidth * kHeight);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<unsigned char>(i * 29);
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc<uchar4>();
  cudaArray_t array;
  must(cudaMallocArray(&array, &desc, kWidth, kHeight));
  must(cudaMemcpy2DToArray(array, 0, 0, data.data(), 4 * kWidth, 4 * kWidth, kHeight, cudaMemcpyHostToDevice));
  cudaTextureDesc how = reading();
  how.readMode = cudaReadModeNormalizedFloat;
  const cudaTextureObject_t texture = texture_of(resource_of(array), how);
  check::Buffer<float4> out(kWidth * kHeight);
  bytes<<<kHeight, kWidth>>>(texture, kWidth, out.get());
  check::must_launch();
  const std::vector<float4> got = out.download();
  for (size_t i = 0; i < got.size(); ++i) {
    const float all[] = {got[i].x, got[i].y, got[i].z, got[i].w};
    for (size_t c = 0; c < 4; ++c) expect(std::abs(all[c] - data[4 * i + c] / 255.0f) <= 1e-6f, "a normalised byte");
  }
  cudaTextureDesc told = {};
  must(cudaGetTextureObjectTextureDesc(&told, texture));
  expect(told.readMode == cudaReadModeNormalizedFloat && told.addressMode[1] == cudaAddressModeClamp,
         "how a texture is read");
  must(cudaDestroyTextureObject(texture));
  how.readMode = cudaReadModeElementType;
  how.filterMode = cudaFilterModeLinear;
  cudaTextureObject_t none = 0;
  const cudaResourceDesc resource = resource_of(array);
  refuses(cudaCreateTextureObject(&none, &resource, &how, nullptr), "integers filtered");
  must(cudaFreeArray(array));
}

void shapes() {
  const std::vector<float> layered = numbers(32), volume = numbers(32), faces = numbers(6 * 4);
  cudaArray_t arrays[] = {array_of(layered, make_cudaExtent(4, 4, 2), cudaArrayLayered),
                          array_of(volume, make_cudaExtent(4, 4, 2), 0),
                          array_of(faces, make_cudaExtent(2, 2, 6), cudaArrayCubemap)};
  cudaMipmappedArray_t mipmapped;
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc<float>();
  must(cudaMallocMipmappedArray(&mipmapped, &desc, make_cudaExtent(4, 4, 0), 3));
  for (unsigned level = 0; level < 3; ++level) {
    cudaArray_t array;
    must(cudaGetMipmappedArrayLevel(&array, mipmapped, level));
    const size_t size = 4u >> level, row = size * sizeof(float);
    const std::vector<float> same(size * size, 10.0f * static_cast<float>(level));
    must(cudaMemcpy2DToArray(array, 0, 0, same.data(), row, row, size, cudaMemcpyHostToDevice));
  }
  cudaTextureDesc how = reading();
  const cudaTextureObject_t a = texture_of(resource_of(arrays[0]), how), b = texture_of(resource_of(arrays[1]), how);
  how.normalizedCoords = 1;
  const cudaTextureObject_t c = texture_of(resource_of(arrays[2]), how);
  cudaResourceDesc levels = {};
  levels.resType = cudaResourceTypeMipmappedArray;
  levels.res.mipmap.mipmap = mipmapped;
  how.mipmapFilterMode = cudaFilterModeLinear;
  how.maxMipmapLevelClamp = 1.5f;
  const cudaTextureObject_t d = texture_of(levels, how);
  check::Buffer<float> out(128);
  others<<<1, 32>>>(a, b, c, d, out.get());
  check::must_launch();
  const std::vector<float> got = out.download();
  // The faces' columns and rows of the three directions: s and t of the guide's table, of a quarter either way.
  constexpr int kColumn[6] = {1, 0, 1, 1, 0, 1}, kRow[6] = {0, 0, 0, 1, 0, 0};
  for (int i = 0; i < 32; ++i) {
    expect(got[i] == layered[i], "a layer's element");
    expect(got[32 + i] == volume[i], "a volume's element");
    const int face = i / 2 % 3 * 2 + i % 2;
    expect(got[64 + i] == faces[4 * face + 2 * kRow[face] + kColumn[face]], "a face's element");
    expect(got[96 + i] == 10.0f * std::min(0.25f * static_cast<float>(i), 1.5f), "a blend of levels");
  }
  for (const cudaTextureObject_t texture : {a, b, c, d}) must(cudaDestroyTextureObject(texture));
  for (const cudaArray_t array : arrays) must(cudaFreeArray(array));
  must(cudaFreeMipmappedArray(mipmapped));
}

__global__ void layer(cudaTextureObject_t layers, float* out) {
  out[threadIdx.x] = tex2DLayered<float>(layers, threadIdx.x % 4 + 0.5f, threadIdx.x / 4 + 0.5f, 0);
}

// The second layer of two as the only one, its bits as integers.
void views() {
  const std::vector<float> data = numbers(32);
  cudaArray_t array = array_of(data, make_cudaExtent(4, 4, 2), cudaArrayLayered);
  const cudaResourceDesc resource = resource_of(array);
  const cudaTextureDesc how = reading();
  cudaResourceViewDesc part = {};
  part.format = cudaResViewFormatFloat1;
  part.width = part.height = 4;
  part.depth = 2;
  part.firstLayer = part.lastLayer = 1;
  cudaTextureObject_t texture = 0, none = 0;
  must(cudaCreateTextureObject(&texture, &resource, &how, &part));
  check::Buffer<float> out(16);
  layer<<<1, 16>>>(texture, out.get());
  check::must_launch();
  wrong += check::differences(out.download(), std::vector<float>(data.begin() + 16, data.end()));
  cudaResourceViewDesc told = {};
  must(cudaGetTextureObjectResourceViewDesc(&told, texture));
  expect(told.format == cudaResViewFormatFloat1 && told.firstLayer == 1 && told.width == 4, "what a view says");
  must(cudaDestroyTextureObject(texture));
  part.width = 5;
  refuses(cudaCreateTextureObject(&none, &resource, &how, &part), "a view wider than its array");
  must(cudaFreeArray(array));
}

void surfaces() {
  constexpr int kWidth = 50, kHeight = 9;
  const cudaChannelFormatDesc desc = cudaCreateChannelDesc<short2>();
  cudaArray_t array, plain;
  must(cudaMallocArray(&array, &desc, kWidth, kHeight, cudaArraySurfaceLoadStore));
  must(cudaMallocArray(&plain, &desc, kWidth, kHeight));
  cudaResourceDesc resource = resource_of(array);
  cudaSurfaceObject_t surface = 0, none = 0;
  must(cudaCreateSurfaceObject(&surface, &resource));
  write<<<dim3((kWidth + 31) / 32, kHeight), 32>>>(surface, kWidth, kHeight);
  check::must_launch();
  check::Buffer<short2> out(kWidth * kHeight), beyond(2 * kHeight);
  read<<<dim3((kWidth + 31) / 32, kHeight), 32>>>(surface, kWidth, kHeight, out.get(), beyond.get());
  check::must_launch();
  std::vector<short2> copied(kWidth * kHeight);
  must(cudaMemcpy2DFromArray(copied.data(), 4 * kWidth, array, 0, 0, 4 * kWidth, kHeight, cudaMemcpyDeviceToHost));
  const std::vector<short2> got = out.download(), edges = beyond.download();
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (const short2 v : {got[y * kWidth + x], copied[y * kWidth + x]})
        expect(v.x == x - 3 * y && v.y == x * y, "an element written through a surface");
    }
    expect(edges[y].x == -3 * y && edges[y].y == 0, "a load beyond a clamped edge");
    expect(edges[kHeight + y].x == 0 && edges[kHeight + y].y == 0, "a load beyond an edge of zeroes");
  }
  cudaResourceDesc told = {};
  must(cudaGetSurfaceObjectResourceDesc(&told, surface));
  expect(told.resType == cudaResourceTypeArray && told.res.array.array == array, "what a surface object says");
  must(cudaDestroySurfaceObject(surface));
  resource = resource_of(plain);
  refuses(cudaCreateSurfaceObject(&none, &resource), "a surface of an array that is for textures");
  refuses(cudaCreateSurfaceObject(nullptr, &resource), "no place for a surface");
  must(cudaFreeArray(array));
  must(cudaFreeArray(plain));
}

}  // namespace

int main() {
  linear_memory();
  filtering();
  normalized_bytes();
  shapes();
  views();
  surfaces();
  return check::verdict("textures", wrong);
}
