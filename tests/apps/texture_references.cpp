// Texture and surface references of the driver API: bound to linear memory, pitched memory and arrays, read by name and
// through their address in one module; their state told back; surfaces written; and the errors.
#include <cmath>
#include <cstring>
#include <vector>

#include "driver_api.h"

namespace {

using CUtexref = struct CUtexref_st*;
using CUsurfref = struct CUsurfref_st*;
using CUarray = struct CUarray_st*;

struct ArrayDescriptor {
  std::size_t width, height;
  int format;
  unsigned channels;
};
struct Array3dDescriptor {
  std::size_t width, height, depth;
  int format;
  unsigned channels, flags;
};

constexpr int kUnsignedByte = 1, kFloat = 32, kLinear = 1, kClamp = 1;
constexpr unsigned kOverrideFormat = 1, kAsInteger = 1, kSurfaceUse = 2;

struct References {
  References() {
    const DriverFunctions find(Lookup::Symbols);
    find(get_texture, "cuModuleGetTexRef", "cuModuleGetTexRef");
    find(get_surface, "cuModuleGetSurfRef", "cuModuleGetSurfRef");
    find(set_address, "cuTexRefSetAddress", "cuTexRefSetAddress_v2");
    find(set_plane, "cuTexRefSetAddress2D", "cuTexRefSetAddress2D_v3");
    find(set_array, "cuTexRefSetArray", "cuTexRefSetArray");
    find(set_format, "cuTexRefSetFormat", "cuTexRefSetFormat");
    find(set_flags, "cuTexRefSetFlags", "cuTexRefSetFlags");
    find(set_filter, "cuTexRefSetFilterMode", "cuTexRefSetFilterMode");
    find(set_address_mode, "cuTexRefSetAddressMode", "cuTexRefSetAddressMode");
    find(get_address, "cuTexRefGetAddress", "cuTexRefGetAddress_v2");
    find(get_array, "cuTexRefGetArray", "cuTexRefGetArray");
    find(get_format, "cuTexRefGetFormat", "cuTexRefGetFormat");
    find(get_filter, "cuTexRefGetFilterMode", "cuTexRefGetFilterMode");
    find(set_surface, "cuSurfRefSetArray", "cuSurfRefSetArray");
    find(array_create, "cuArray3DCreate", "cuArray3DCreate_v2");
    find(array_destroy, "cuArrayDestroy", "cuArrayDestroy");
    find(copy_to_array, "cuMemcpyHtoA", "cuMemcpyHtoA_v2");
    find(copy_from_array, "cuMemcpyAtoH", "cuMemcpyAtoH_v2");
  }
  CUresult (*get_texture)(CUtexref*, CUmodule, const char*);
  CUresult (*get_surface)(CUsurfref*, CUmodule, const char*);
  CUresult (*set_address)(std::size_t*, CUtexref, CUdeviceptr, std::size_t);
  CUresult (*set_plane)(CUtexref, const ArrayDescriptor*, CUdeviceptr, std::size_t);
  CUresult (*set_array)(CUtexref, CUarray, unsigned);
  CUresult (*set_format)(CUtexref, int, int);
  CUresult (*set_flags)(CUtexref, unsigned);
  CUresult (*set_filter)(CUtexref, int);
  CUresult (*set_address_mode)(CUtexref, int, int);
  CUresult (*get_address)(CUdeviceptr*, CUtexref);
  CUresult (*get_array)(CUarray*, CUtexref);
  CUresult (*get_format)(int*, int*, CUtexref);
  CUresult (*get_filter)(int*, CUtexref);
  CUresult (*set_surface)(CUsurfref, CUarray, unsigned);
  CUresult (*array_create)(CUarray*, const Array3dDescriptor*);
  CUresult (*array_destroy)(CUarray);
  CUresult (*copy_to_array)(CUarray, std::size_t, const void*, std::size_t);
  CUresult (*copy_from_array)(void*, CUarray, std::size_t, std::size_t);
};

// by_name and by_address fetch element i; filtered reads halfway between elements i and i + 1; store writes 3 * i.
const char kModule[] = R"(
.version 6.0
.target sm_50
.address_size 64
.global .texref bytes;
.global .texref floats;
.global .surfref words;
.visible .entry by_name(.param .u64 out) {
  .reg .b32 %r<8>; .reg .b64 %rd<4>;
  mov.u32 %r1, %tid.x;
  ld.param.u64 %rd1, [out];
  mul.wide.u32 %rd2, %r1, 4; add.u64 %rd1, %rd1, %rd2;
  tex.1d.v4.u32.s32 {%r2, %r3, %r4, %r5}, [bytes, {%r1}];
  st.global.u32 [%rd1], %r2;
  ret;
}
.visible .entry by_address(.param .u64 out) {
  .reg .b32 %r<8>; .reg .b64 %rd<4>;
  mov.u32 %r1, %tid.x;
  ld.param.u64 %rd1, [out];
  mul.wide.u32 %rd2, %r1, 4; add.u64 %rd1, %rd1, %rd2;
  mov.u64 %rd3, bytes;
  tex.1d.v4.u32.s32 {%r2, %r3, %r4, %r5}, [%rd3, {%r1}];
  st.global.u32 [%rd1], %r2;
  ret;
}
.visible .entry filtered(.param .u64 out) {
  .reg .b32 %r<8>; .reg .b64 %rd<4>; .reg .f32 %f<8>;
  mov.u32 %r1, %tid.x;
  ld.param.u64 %rd1, [out];
  mul.wide.u32 %rd2, %r1, 4; add.u64 %rd1, %rd1, %rd2;
  cvt.rn.f32.u32 %f1, %r1; add.f32 %f1, %f1, 0f3F800000;
  mov.f32 %f2, 0f3F000000;
  tex.2d.v4.f32.f32 {%f3, %f4, %f5, %f6}, [floats, {%f1, %f2}];
  st.global.f32 [%rd1], %f3;
  ret;
}
.visible .entry store() {
  .reg .b32 %r<8>;
  mov.u32 %r1, %tid.x;
  shl.b32 %r2, %r1, 2; mul.lo.u32 %r3, %r1, 3;
  sust.b.1d.b32.trap [words, {%r2}], %r3;
  ret;
}
)";

// The same texture through two samplers: to the left the nearest element or the border, to the right filtered.
const char kIndependent[] = R"(
.version 6.0
.target sm_50, texmode_independent
.address_size 64
.global .texref floats;
.global .samplerref nearest = { addr_mode_0 = clamp_to_border, addr_mode_1 = clamp_to_edge, filter_mode = nearest };
.global .samplerref smooth = { addr_mode_0 = clamp_to_edge, addr_mode_1 = clamp_to_edge, filter_mode = linear };
.visible .entry two_samplers(.param .u64 out) {
  .reg .b32 %r<8>; .reg .b64 %rd<4>; .reg .f32 %f<12>; .reg .pred %p<2>;
  mov.u32 %r1, %tid.x;
  ld.param.u64 %rd1, [out];
  mul.wide.u32 %rd2, %r1, 4; add.u64 %rd1, %rd1, %rd2;
  cvt.rn.f32.u32 %f1, %r1; sub.f32 %f1, %f1, 0f40000000;
  mov.f32 %f2, 0f3F000000;
  tex.2d.v4.f32.f32 {%f3, %f4, %f5, %f6}, [floats, nearest, {%f1, %f2}];
  tex.2d.v4.f32.f32 {%f7, %f8, %f9, %f10}, [floats, smooth, {%f1, %f2}];
  add.f32 %f3, %f3, %f7;
  st.global.f32 [%rd1], %f3;
  txq.filter_mode.b32 %r2, [smooth];
  setp.ne.u32 %p1, %r2, 1;
  @%p1 trap;
  ret;
}
)";

long wrong = 0;
void expect(bool good, const char* what, int line = __builtin_LINE()) {
  if (good) return;
  ++wrong;
  std::fprintf(stderr, "line %d: %s\n", line, what);
}

constexpr unsigned kThreads = 32;

class Program {
 public:
  Program() : driver_(open_driver()) {
    make_context(driver_);
    must(driver_, driver_.module_load_data(&module_, kModule));
    must(driver_, driver_.mem_alloc(&out_, kThreads * 4));
  }

  void bytes() {
    std::vector<unsigned char> data(4096);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<unsigned char>(i * 7);
    CUdeviceptr memory = 0;
    must(driver_, driver_.mem_alloc(&memory, data.size()));
    must(driver_, driver_.memcpy_to_device(memory, data.data(), data.size()));
    CUtexref texture = nullptr;
    must(driver_, all_.get_texture(&texture, module_, "bytes"));
    must(driver_, all_.set_format(texture, kUnsignedByte, 1));
    must(driver_, all_.set_flags(texture, kAsInteger));
    std::size_t offset = 1;
    must(driver_, all_.set_address(&offset, texture, memory, data.size()));
    expect(offset == 0, "aligned memory has no offset");
    for (const char* kernel : {"by_name", "by_address"}) {
      const std::vector<std::uint32_t> got = run<std::uint32_t>(kernel);
      for (std::size_t i = 0; i < got.size(); ++i) expect(got[i] == data[i], kernel);
    }
    must(driver_, all_.set_address(&offset, texture, memory + 1024 + 3, 100));
    expect((1024 + 3 - offset) % 32 == 0, "an offset leads back to aligned memory");
    const std::vector<std::uint32_t> got = run<std::uint32_t>("by_name");
    for (std::size_t i = 0; i < got.size(); ++i) expect(got[i] == data[1024 + 3 - offset + i], "bound at an offset");
    CUdeviceptr told = 0;
    must(driver_, all_.get_address(&told, texture));
    expect(told == memory + 1024 + 3, "the address that is bound");
    int format = 0, channels = 0;
    must(driver_, all_.get_format(&format, &channels, texture));
    expect(format == kUnsignedByte && channels == 1, "the format that is set");
    CUtexref none = nullptr;
    expect(all_.get_texture(&none, module_, "nothing") == kNotFound, "a texture of no such name");
    expect(all_.get_texture(&none, module_, "words") == kNotFound, "a surface taken for a texture");
    expect(all_.set_filter(texture, 7) == kInvalidValue, "an unknown filter mode");
    expect(all_.set_format(texture, kUnsignedByte, 3) == kInvalidValue, "three channels");
  }

  void floats() {
    std::vector<float> data(kThreads + 1);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i * i);
    const Array3dDescriptor shape{data.size(), 1, 0, kFloat, 1, 0};
    CUarray array = nullptr;
    must(driver_, all_.array_create(&array, &shape));
    must(driver_, all_.copy_to_array(array, 0, data.data(), data.size() * 4));
    CUdeviceptr memory = 0;
    must(driver_, driver_.mem_alloc(&memory, 1024));
    std::vector<float> twice(data);
    for (float& value : twice) value *= 2;
    must(driver_, driver_.memcpy_to_device(memory, twice.data(), twice.size() * 4));
    CUtexref texture = nullptr;
    must(driver_, all_.get_texture(&texture, module_, "floats"));
    for (int i = 0; i < 2; ++i) must(driver_, all_.set_address_mode(texture, i, kClamp));
    must(driver_, all_.set_filter(texture, kLinear));
    must(driver_, all_.set_array(texture, array, kOverrideFormat));
    check_filtered(data, "an array");
    CUarray told = nullptr;
    int filter = 0;
    must(driver_, all_.get_array(&told, texture));
    must(driver_, all_.get_filter(&filter, texture));
    expect(told == array && filter == kLinear, "what is bound and how it is read");
    const ArrayDescriptor plane{data.size(), 1, kFloat, 1};
    must(driver_, all_.set_plane(texture, &plane, memory, 1024));
    check_filtered(twice, "pitched memory");
    expect(all_.set_array(texture, array, 0) == kInvalidValue, "an array bound without CU_TRSA_OVERRIDE_FORMAT");
    check_filtered(twice, "what a failed call leaves bound");
  }

  void surface() {
    const Array3dDescriptor shape{kThreads, 0, 0, 3, 1, kSurfaceUse}, plain{kThreads, 0, 0, 3, 1, 0};
    CUarray array = nullptr, other = nullptr;
    must(driver_, all_.array_create(&array, &shape));
    must(driver_, all_.array_create(&other, &plain));
    CUsurfref words = nullptr;
    must(driver_, all_.get_surface(&words, module_, "words"));
    must(driver_, all_.set_surface(words, array, 0));
    CUfunction kernel = nullptr;
    must(driver_, driver_.module_get_function(&kernel, module_, "store"));
    must(driver_, driver_.launch_kernel(kernel, 1, 1, 1, kThreads, 1, 1, 0, nullptr, nullptr, nullptr));
    must(driver_, driver_.context_synchronize());
    std::vector<std::uint32_t> got(kThreads);
    must(driver_, all_.copy_from_array(got.data(), array, 0, kThreads * 4));
    for (unsigned i = 0; i < kThreads; ++i) expect(got[i] == 3 * i, "an element stored through a surface reference");
    expect(all_.set_surface(words, other, 0) == kInvalidValue, "an array that is for textures only");
  }

  void samplers() {
    std::vector<float> data(kThreads + 1);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(8 * i * i + 4);
    const Array3dDescriptor shape{data.size(), 1, 0, kFloat, 1, 0};
    CUarray array = nullptr;
    must(driver_, all_.array_create(&array, &shape));
    must(driver_, all_.copy_to_array(array, 0, data.data(), data.size() * 4));
    must(driver_, driver_.module_load_data(&module_, kIndependent));
    CUtexref texture = nullptr;
    must(driver_, all_.get_texture(&texture, module_, "floats"));
    must(driver_, all_.set_array(texture, array, kOverrideFormat));
    const std::vector<float> got = run<float>("two_samplers");
    for (int i = 0; i < static_cast<int>(got.size()); ++i) {
      const int at = i - 2;  // a coordinate between elements at - 1 and at
      auto clamped = [&](int j) { return data[static_cast<std::size_t>(j < 0 ? 0 : j)]; };
      const float near = at < 0 ? 0 : data[static_cast<std::size_t>(at)];
      expect(got[static_cast<std::size_t>(i)] == near + (clamped(at - 1) + clamped(at)) / 2, "two samplers");
    }
  }

 private:
  template <class T>
  std::vector<T> run(const char* name) {
    CUfunction kernel = nullptr;
    must(driver_, driver_.module_get_function(&kernel, module_, name));
    void* arguments[] = {&out_};
    must(driver_, driver_.launch_kernel(kernel, 1, 1, 1, kThreads, 1, 1, 0, nullptr, arguments, nullptr));
    must(driver_, driver_.context_synchronize());
    std::vector<T> got(kThreads);
    must(driver_, driver_.memcpy_to_host(got.data(), out_, kThreads * 4));
    return got;
  }

  void check_filtered(const std::vector<float>& data, const char* what) {
    const std::vector<float> got = run<float>("filtered");
    for (std::size_t i = 0; i < got.size(); ++i) expect(got[i] == (data[i] + data[i + 1]) / 2, what);
  }

  const Driver driver_;
  const References all_;
  CUmodule module_ = nullptr;
  CUdeviceptr out_ = 0;
};

}  // namespace

int main() {
  Program program;
  program.bytes();
  program.floats();
  program.surface();
  program.samplers();
  if (wrong == 0) std::printf("texture_references: passed\n");
  return wrong == 0 ? 0 : 1;
}
