// Texture and surface references of CUDA 11, called as the code that its nvcc wrote does: constructors register a fat
// binary, a kernel and the references, then the program binds and launches.
#include <dlfcn.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "src/fatbin/format.h"
#include "src/fatbin/write.h"
#include "tests/unit/catch.h"

namespace {

constexpr int kSuccess = 0, kInvalidTexture = 18, kInvalidTextureBinding = 19, kInvalidSurface = 37;
constexpr int kHostToDevice = 1, kDeviceToHost = 2, kUnsigned = 1;

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct ChannelDesc {
  int x, y, z, w, f;
};
struct TextureReference {
  int normalized = 0, filter = 0, address[3] = {1, 1, 1};
  ChannelDesc channels = {8, 0, 0, 0, kUnsigned};
  int srgb = 0;
  unsigned anisotropy = 0;
  int mipmap_filter = 0;
  float bias = 0, least = 0, most = 0;
  int reserved[15] = {};
};
static_assert(sizeof(TextureReference) == 124);
struct SurfaceReference {
  ChannelDesc channels;
};

template <class F>
F function(const char* name) {
  void* library = dlopen(QIAO_LIBRARY_DIR "/libcudart.so.11.0", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  F found = reinterpret_cast<F>(dlsym(library, name));
  INFO(name);
  REQUIRE(found);
  return found;
}

// out[i] = bytes[i] as a float of [0, 1], or as it is; and 5 * i through the surface.
const char kPtx[] = R"(.version 6.0
.target sm_50
.address_size 64
.global .texref bytes;
.global .texref numbers;
.global .surfref words;
.visible .entry kernel(.param .u64 out) {
  .reg .b32 %r<8>; .reg .b64 %rd<4>; .reg .f32 %f<4>;
  mov.u32 %r1, %tid.x;
  ld.param.u64 %rd1, [out];
  mul.wide.u32 %rd2, %r1, 8; add.u64 %rd1, %rd1, %rd2;
  tex.1d.v4.f32.s32 {%f0, %f1, %f2, %f3}, [bytes, {%r1}];
  tex.1d.v4.u32.s32 {%r2, %r3, %r4, %r5}, [numbers, {%r1}];
  st.global.f32 [%rd1], %f0;
  st.global.u32 [%rd1+4], %r2;
  mul.lo.u32 %r6, %r1, 5; shl.b32 %r7, %r1, 2;
  sust.b.1d.b32.trap [words, {%r7}], %r6;
  ret;
}
)";

TextureReference bytes, numbers;
SurfaceReference words;
void kernel() {}

void register_all() {
  static std::vector<std::byte> fatbin = [] {
    qiao::fatbin::NewImage image;
    image.sm = 50;
    image.payload.resize(sizeof kPtx - 1);
    std::memcpy(image.payload.data(), kPtx, image.payload.size());
    return *qiao::fatbin::write_fatbin({&image, 1});
  }();
  static qiao::fatbin::WrapperHeader wrapper{qiao::fatbin::kWrapperMagic, 1, fatbin.data(), nullptr};
  void** handle = function<void** (*)(void*)>("__cudaRegisterFatBinary")(&wrapper);
  using RegisterFunction = void (*)(void**, const char*, char*, const char*, int, void*, void*, void*, void*, int*);
  using RegisterTexture = void (*)(void**, const TextureReference*, const void**, const char*, int, int, int);
  using RegisterSurface = void (*)(void**, const SurfaceReference*, const void**, const char*, int, int);
  char name[] = "kernel";
  function<RegisterFunction>("__cudaRegisterFunction")(handle, reinterpret_cast<const char*>(&kernel), name, name, -1,
                                                       nullptr, nullptr, nullptr, nullptr, nullptr);
  const auto texture = function<RegisterTexture>("__cudaRegisterTexture");
  texture(handle, &bytes, nullptr, "bytes", 1, 1, 0);
  texture(handle, &numbers, nullptr, "numbers", 1, 0, 0);
  function<RegisterSurface>("__cudaRegisterSurface")(handle, &words, nullptr, "words", 1, 0);
  function<void (*)(void**)>("__cudaRegisterFatBinaryEnd")(handle);
}

TEST_CASE("references are bound, read, told and unbound") {
  register_all();
  constexpr unsigned kThreads = 32;
  const auto allocate = function<int (*)(void**, size_t)>("cudaMalloc");
  const auto copy = function<int (*)(void*, const void*, size_t, int)>("cudaMemcpy");
  const auto bind =
      function<int (*)(size_t*, const TextureReference*, const void*, const ChannelDesc*, size_t)>("cudaBindTexture");
  const auto offset_of = function<int (*)(size_t*, const TextureReference*)>("cudaGetTextureAlignmentOffset");
  std::vector<unsigned char> data(1024);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<unsigned char>(3 * i);
  void *memory = nullptr, *out = nullptr;
  REQUIRE(allocate(&memory, data.size()) == kSuccess);
  REQUIRE(allocate(&out, 8 * kThreads) == kSuccess);
  REQUIRE(copy(memory, data.data(), data.size(), kHostToDevice) == kSuccess);

  size_t offset = 7;
  CHECK(offset_of(&offset, &bytes) == kInvalidTextureBinding);
  REQUIRE(bind(nullptr, &bytes, memory, &bytes.channels, data.size()) == kSuccess);
  REQUIRE(bind(&offset, &numbers, static_cast<char*>(memory) + 512 + 16, &numbers.channels, ~0u) == kSuccess);
  CHECK((512 + 16 - offset) % 32 == 0);
  size_t told = 0;
  CHECK(offset_of(&told, &numbers) == kSuccess);
  CHECK(told == offset);

  using MakeArray = int (*)(void**, const ChannelDesc*, size_t, size_t, unsigned);
  const ChannelDesc word{32, 0, 0, 0, kUnsigned};
  void* array = nullptr;
  REQUIRE(function<MakeArray>("cudaMallocArray")(&array, &word, kThreads, 0, 2) == kSuccess);
  using BindSurface = int (*)(const SurfaceReference*, const void*, const ChannelDesc*);
  const auto bind_surface = function<BindSurface>("cudaBindSurfaceToArray");
  REQUIRE(bind_surface(&words, array, &word) == kSuccess);

  void* arguments[] = {&out};
  using Launch = int (*)(const void*, Dim3, Dim3, void**, size_t, void*);
  REQUIRE(function<Launch>("cudaLaunchKernel")(reinterpret_cast<const void*>(&kernel), {}, {kThreads, 1, 1}, arguments,
                                               0, nullptr) == kSuccess);
  struct Pair {
    float share;
    std::uint32_t number;
  };
  std::vector<Pair> got(kThreads);
  REQUIRE(copy(got.data(), out, 8 * kThreads, kDeviceToHost) == kSuccess);
  std::vector<std::uint32_t> stored(kThreads);
  using FromArray = int (*)(void*, const void*, size_t, size_t, size_t, int);
  REQUIRE(function<FromArray>("cudaMemcpyFromArray")(stored.data(), array, 0, 0, 4 * kThreads, kDeviceToHost) ==
          kSuccess);
  for (unsigned i = 0; i < kThreads; ++i) {
    CHECK(got[i].share == static_cast<float>(data[i]) / 255.0f);
    CHECK(got[i].number == data[512 + 16 - offset + i]);
    CHECK(stored[i] == 5 * i);
  }
  const TextureReference* found = nullptr;
  CHECK(function<int (*)(const TextureReference**, const void*)>("cudaGetTextureReference")(&found, &bytes) ==
        kSuccess);
  CHECK(found == &bytes);
  CHECK(function<int (*)(const TextureReference*)>("cudaUnbindTexture")(&bytes) == kSuccess);
  CHECK(offset_of(&offset, &bytes) == kInvalidTextureBinding);
}

TEST_CASE("references that nobody registered are none") {
  using Bind = int (*)(size_t*, const TextureReference*, const void*, const ChannelDesc*, size_t);
  using BindSurface = int (*)(const SurfaceReference*, const void*, const ChannelDesc*);
  TextureReference unknown;
  SurfaceReference unknown_surface;
  void* memory = nullptr;
  REQUIRE(function<int (*)(void**, size_t)>("cudaMalloc")(&memory, 512) == kSuccess);
  CHECK(function<Bind>("cudaBindTexture")(nullptr, &unknown, memory, &unknown.channels, 16) == kInvalidTexture);
  CHECK(function<BindSurface>("cudaBindSurfaceToArray")(&unknown_surface, memory, &unknown.channels) ==
        kInvalidSurface);
  CHECK(function<int (*)(void*)>("cudaFree")(memory) == kSuccess);
}

}  // namespace
