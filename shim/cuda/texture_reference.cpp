// Texture and surface references of the driver API (deprecated by CUDA 12, and still in its library).
#include "src/runtime/texture_reference.h"
#include "shim/cuda/modules.h"

#include "shim/common/answer.h"

namespace qiao::shim {
namespace {

using runtime::ImageReference;
using runtime::ImageSource;
using runtime::TextureReading;
using Reference = std::shared_ptr<ImageReference>;
using State = ImageReference::State;

// Runs `body(Context&, State&) -> Result<void>` and lets kernels see what it changed.
template <class Body>
CUresult change(CUtexref handle, Body body) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<Reference> found = runtime::find_image_reference(handle, false);
    if (!found) return found.error();
    State state = (*found)->state();
    if (Result<void> done = body(context, state); !done) return done;
    return (*found)->change(state);
  });
}

// Runs `body(const State&) -> Result<void>`.
template <class Body>
CUresult look(const void* out, CUtexref handle, Body body) {
  if (out == nullptr) return driver_answer(invalid(Code::InvalidValue, "no place for an answer"));
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<Reference> found = runtime::find_image_reference(handle, false);
    if (!found) return found.error();
    return body((*found)->state());
  });
}

CUresult bind_address(size_t* offset, CUtexref handle, uint64_t address, size_t bytes) {
  return change(handle, [&](runtime::Context& context, State& state) -> Result<void> {
    uint64_t rest = 0;
    Result<ImageSource> source = runtime::linear_source(context, address, bytes, rest);
    if (!source) return source.error();
    if (rest != 0 && offset == nullptr)
      return invalid(Code::InvalidValue,
                     "a texture reference is bound to misaligned memory without a place for the offset");
    if (offset != nullptr) *offset = rest;
    source->format = state.format;
    source->channels = state.channels;
    state.source = *source;
    state.offset = rest;
    state.bound = true;
    return {};
  });
}

template <class Descriptor>
CUresult bind_plane(CUtexref handle, const Descriptor* what, uint64_t address, size_t pitch) {
  if (what == nullptr) return driver_answer(invalid(Code::InvalidValue, "no description of a texture's memory"));
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    state.source = {};
    state.source.kind = ImageSource::Kind::Pitched;
    state.source.address = address;
    state.source.format = state.format = what->Format;
    state.source.channels = state.channels = what->NumChannels;
    state.source.width = what->Width;
    state.source.height = what->Height == 0 ? 1 : what->Height;
    state.source.pitch = pitch;
    state.bound = true;
    return {};
  });
}

CUresult bind_array(CUtexref handle, const void* array, unsigned flags, ImageSource::Kind kind) {
  if (flags != CU_TRSA_OVERRIDE_FORMAT)
    return driver_answer(invalid(Code::InvalidValue, "flags other than CU_TRSA_OVERRIDE_FORMAT"));
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    state.source = {};
    state.source.kind = kind;
    state.source.array = array;
    state.bound = true;
    return {};
  });
}

CUresult get_array(const void** out, CUtexref handle, ImageSource::Kind kind) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    if (!state.bound || state.source.kind != kind)
      return invalid(Code::InvalidValue, "no such array is bound to the texture reference");
    *out = state.source.array;
    return {};
  });
}

Result<void> set_flags(unsigned flags, TextureReading& reading) {
  constexpr unsigned kKnown = CU_TRSF_READ_AS_INTEGER | CU_TRSF_NORMALIZED_COORDINATES | CU_TRSF_SRGB |
                              CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION | CU_TRSF_SEAMLESS_CUBEMAP;
  if ((flags & ~kKnown) != 0) return invalid(Code::InvalidValue, "unknown flags of a texture reference");
  reading.as_integers = (flags & CU_TRSF_READ_AS_INTEGER) != 0;
  reading.sampler.normalized_coordinates = (flags & CU_TRSF_NORMALIZED_COORDINATES) != 0;
  reading.srgb = (flags & CU_TRSF_SRGB) != 0;
  reading.plain_trilinear = (flags & CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION) != 0;
  reading.seamless = (flags & CU_TRSF_SEAMLESS_CUBEMAP) != 0;
  return {};
}

CUresult module_reference(void** out, CUmodule module, const char* name, bool surface) {
  if (out == nullptr || name == nullptr)
    return driver_answer(invalid(Code::InvalidValue, "no name or no place for a reference"));
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    std::shared_ptr<LoadedLibrary> loaded = library_handles().find(module);
    if (!loaded) return invalid(Code::InvalidHandle, "module handle is not live");
    auto instance = context.instance_of(*loaded->library);
    if (!instance) return instance.error();
    Result<hal::GlobalVariable> variable = (*instance)->module().find_global(name);
    if (!variable) return variable.error();
    Result<Reference> reference = runtime::image_reference(context, *variable, surface);
    if (!reference) return reference.error();
    *out = reference->get();
    return {};
  });
}

}  // namespace

CUresult Driver::cuModuleGetTexRef(CUtexref* out, CUmodule module, const char* name) {
  return module_reference(reinterpret_cast<void**>(out), module, name, false);
}
CUresult Driver::cuModuleGetSurfRef(CUsurfref* out, CUmodule module, const char* name) {
  return module_reference(reinterpret_cast<void**>(out), module, name, true);
}
CUresult Driver::cuTexRefCreate(CUtexref* out) {
  if (out == nullptr) return driver_answer(invalid(Code::InvalidValue, "no place for a texture reference"));
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    *out = reinterpret_cast<CUtexref>(runtime::new_image_reference(context).get());
    return {};
  });
}
CUresult Driver::cuTexRefDestroy(CUtexref handle) {
  return in_driver_context([&](runtime::Context&) { return runtime::destroy_image_reference(handle); });
}
// What is bound is there for every kernel of the module.
CUresult Driver::cuParamSetTexRef(CUfunction function, int unit, CUtexref handle) {
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    if (auto kernel = driver_kernel(function); !kernel) return kernel.error();
    if (unit != CU_PARAM_TR_DEFAULT)
      return invalid(Code::InvalidValue, "a texture unit other than CU_PARAM_TR_DEFAULT");
    Result<Reference> found = runtime::find_image_reference(handle, false);
    return found ? Result<void>() : found.error();
  });
}

CUresult Driver::cuTexRefSetAddress_v2(size_t* offset, CUtexref handle, CUdeviceptr address, size_t bytes) {
  return bind_address(offset, handle, address, bytes);
}
CUresult Driver::cuTexRefSetAddress2D_v2(CUtexref handle, const CUDA_ARRAY_DESCRIPTOR* what, CUdeviceptr address,
                                         size_t pitch) {
  return bind_plane(handle, what, address, pitch);
}
CUresult Driver::cuTexRefSetAddress2D_v3(CUtexref handle, const CUDA_ARRAY_DESCRIPTOR* what, CUdeviceptr address,
                                         size_t pitch) {
  return bind_plane(handle, what, address, pitch);
}
CUresult Driver::cuTexRefSetArray(CUtexref handle, CUarray array, unsigned int flags) {
  return bind_array(handle, array, flags, ImageSource::Kind::Array);
}
CUresult Driver::cuTexRefSetMipmappedArray(CUtexref handle, CUmipmappedArray array, unsigned int flags) {
  return bind_array(handle, array, flags, ImageSource::Kind::Mipmapped);
}
CUresult Driver::cuTexRefSetFormat(CUtexref handle, CUarray_format format, int channels) {
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    const runtime::ArrayShape shape{.format = format};
    if (shape.channel_bytes() == 0 || (channels != 1 && channels != 2 && channels != 4))
      return invalid(Code::InvalidValue, "a format that no texture has");
    state.format = state.source.format = format;
    state.channels = state.source.channels = static_cast<uint32_t>(channels);
    return {};
  });
}
CUresult Driver::cuTexRefSetAddressMode(CUtexref handle, int dimension, CUaddress_mode mode) {
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    if (dimension < 0 || dimension > 2 || mode < CU_TR_ADDRESS_MODE_WRAP || mode > CU_TR_ADDRESS_MODE_BORDER)
      return invalid(Code::InvalidValue, "an unknown dimension or address mode");
    state.reading.sampler.address[static_cast<size_t>(dimension)] = static_cast<hal::AddressMode>(mode);
    return {};
  });
}
CUresult Driver::cuTexRefSetFilterMode(CUtexref handle, CUfilter_mode mode) {
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    if (mode != CU_TR_FILTER_MODE_POINT && mode != CU_TR_FILTER_MODE_LINEAR)
      return invalid(Code::InvalidValue, "an unknown filter mode");
    state.reading.sampler.linear = mode == CU_TR_FILTER_MODE_LINEAR;
    return {};
  });
}
CUresult Driver::cuTexRefSetMipmapFilterMode(CUtexref handle, CUfilter_mode mode) {
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    if (mode != CU_TR_FILTER_MODE_POINT && mode != CU_TR_FILTER_MODE_LINEAR)
      return invalid(Code::InvalidValue, "an unknown filter mode");
    state.reading.sampler.mipmap_linear = mode == CU_TR_FILTER_MODE_LINEAR;
    return {};
  });
}
CUresult Driver::cuTexRefSetMipmapLevelBias(CUtexref handle, float bias) {
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    state.reading.sampler.level_bias = bias;
    return {};
  });
}
CUresult Driver::cuTexRefSetMipmapLevelClamp(CUtexref handle, float least, float most) {
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    state.reading.sampler.least_level = least;
    state.reading.sampler.most_level = most;
    return {};
  });
}
CUresult Driver::cuTexRefSetMaxAnisotropy(CUtexref handle, unsigned int most) {
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    state.reading.sampler.anisotropy = most;
    return {};
  });
}
CUresult Driver::cuTexRefSetBorderColor(CUtexref handle, float* color) {
  if (color == nullptr) return driver_answer(invalid(Code::InvalidValue, "no border colour"));
  return change(handle, [&](runtime::Context&, State& state) -> Result<void> {
    std::copy(color, color + 4, state.reading.sampler.border.begin());
    return {};
  });
}
CUresult Driver::cuTexRefSetFlags(CUtexref handle, unsigned int flags) {
  return change(handle, [&](runtime::Context&, State& state) { return set_flags(flags, state.reading); });
}

CUresult Driver::cuTexRefGetAddress_v2(CUdeviceptr* out, CUtexref handle) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    if (!state.bound || state.source.address == 0)
      return invalid(Code::InvalidValue, "no memory is bound to the texture reference");
    *out = state.source.address + state.offset;
    return {};
  });
}
CUresult Driver::cuTexRefGetArray(CUarray* out, CUtexref handle) {
  return get_array(const_cast<const void**>(reinterpret_cast<void**>(out)), handle, ImageSource::Kind::Array);
}
CUresult Driver::cuTexRefGetMipmappedArray(CUmipmappedArray* out, CUtexref handle) {
  return get_array(const_cast<const void**>(reinterpret_cast<void**>(out)), handle, ImageSource::Kind::Mipmapped);
}
CUresult Driver::cuTexRefGetAddressMode(CUaddress_mode* out, CUtexref handle, int dimension) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    if (dimension < 0 || dimension > 2) return invalid(Code::InvalidValue, "an unknown dimension");
    *out = static_cast<CUaddress_mode>(state.reading.sampler.address[static_cast<size_t>(dimension)]);
    return {};
  });
}
CUresult Driver::cuTexRefGetFilterMode(CUfilter_mode* out, CUtexref handle) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    *out = static_cast<CUfilter_mode>(state.reading.sampler.linear);
    return {};
  });
}
CUresult Driver::cuTexRefGetMipmapFilterMode(CUfilter_mode* out, CUtexref handle) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    *out = static_cast<CUfilter_mode>(state.reading.sampler.mipmap_linear);
    return {};
  });
}
CUresult Driver::cuTexRefGetMipmapLevelBias(float* out, CUtexref handle) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    *out = state.reading.sampler.level_bias;
    return {};
  });
}
CUresult Driver::cuTexRefGetMipmapLevelClamp(float* least, float* most, CUtexref handle) {
  return look(least, handle, [&](const State& state) -> Result<void> {
    if (most == nullptr) return invalid(Code::InvalidValue, "no place for an answer");
    *least = state.reading.sampler.least_level;
    *most = state.reading.sampler.most_level;
    return {};
  });
}
CUresult Driver::cuTexRefGetMaxAnisotropy(int* out, CUtexref handle) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    *out = static_cast<int>(state.reading.sampler.anisotropy);
    return {};
  });
}
CUresult Driver::cuTexRefGetBorderColor(float* out, CUtexref handle) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    std::copy(state.reading.sampler.border.begin(), state.reading.sampler.border.end(), out);
    return {};
  });
}
CUresult Driver::cuTexRefGetFormat(CUarray_format* format, int* channels, CUtexref handle) {
  return look(format, handle, [&](const State& state) -> Result<void> {
    if (channels != nullptr) *channels = static_cast<int>(state.channels);
    *format = static_cast<CUarray_format>(state.format);
    return {};
  });
}
CUresult Driver::cuTexRefGetFlags(unsigned int* out, CUtexref handle) {
  return look(out, handle, [&](const State& state) -> Result<void> {
    const TextureReading& reading = state.reading;
    *out = (reading.as_integers ? CU_TRSF_READ_AS_INTEGER : 0) |
           (reading.sampler.normalized_coordinates ? CU_TRSF_NORMALIZED_COORDINATES : 0) |
           (reading.srgb ? CU_TRSF_SRGB : 0) | (reading.plain_trilinear ? CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION : 0) |
           (reading.seamless ? CU_TRSF_SEAMLESS_CUBEMAP : 0);
    return {};
  });
}

CUresult Driver::cuSurfRefSetArray(CUsurfref handle, CUarray array, unsigned int flags) {
  if (flags != 0) return driver_answer(invalid(Code::InvalidValue, "flags of a surface reference, expected 0"));
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<Reference> found = runtime::find_image_reference(handle, true);
    if (!found) return found.error();
    State state = (*found)->state();
    state.source = {};
    state.source.array = array;
    state.bound = true;
    return (*found)->change(state);
  });
}
CUresult Driver::cuSurfRefGetArray(CUarray* out, CUsurfref handle) {
  if (out == nullptr) return driver_answer(invalid(Code::InvalidValue, "no place for an array"));
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<Reference> found = runtime::find_image_reference(handle, true);
    if (!found) return found.error();
    const State state = (*found)->state();
    if (!state.bound) return invalid(Code::InvalidValue, "nothing is bound to the surface reference");
    *out = static_cast<CUarray>(const_cast<void*>(state.source.array));
    return {};
  });
}

}  // namespace qiao::shim
