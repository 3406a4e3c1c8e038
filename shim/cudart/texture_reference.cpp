// Texture and surface references of the runtime API, which ended with CUDA 11: a host variable with the sampler's
// state stands for a variable of the module. Whether values are normalised is part of the registration.
#include "shim/cudart/texture_reference.h"

#include <map>
#include <mutex>

#include "shim/cudart/channels.h"
#include "src/runtime/registration.h"
#include "src/runtime/texture_reference.h"

namespace qiao::shim {
namespace {

using runtime::ImageReference;
using runtime::ImageSource;
using State = ImageReference::State;

// Codes which no other file answers.
constexpr Code kInvalidTexture{18}, kInvalidTextureBinding{19}, kInvalidSurface{37};

struct Declared {
  std::mutex mutex;
  std::map<const void*, bool> normalized;
};

Declared& declared() {
  static auto* all = new Declared;  // never destroyed: programs bind from atexit handlers
  return *all;
}

Result<std::shared_ptr<ImageReference>> reference_of(const void* host, bool surface, runtime::Context& context) {
  Result<hal::GlobalVariable> variable = runtime::Registered::instance().variable(host, context);
  if (!variable && variable.error().code == Code::InvalidSymbol) {
    return invalid(surface ? kInvalidSurface : kInvalidTexture, "not a registered texture or surface reference");
  }
  if (!variable) return variable.error();
  return runtime::image_reference(context, *variable, surface);
}

hal::Sampler sampler_of(const textureReference& how) {
  hal::Sampler sampler;
  for (size_t i = 0; i < 3; ++i) sampler.address[i] = static_cast<hal::AddressMode>(how.addressMode[i]);
  sampler.linear = how.filterMode == cudaFilterModeLinear;
  sampler.mipmap_linear = how.mipmapFilterMode == cudaFilterModeLinear;
  sampler.normalized_coordinates = how.normalized != 0;
  sampler.level_bias = how.mipmapLevelBias;
  sampler.least_level = how.minMipmapLevelClamp;
  sampler.most_level = how.maxMipmapLevelClamp;
  sampler.anisotropy = how.maxAnisotropy;
  return sampler;
}

// `fill(Context&, State&) -> Result<void>` says what is bound.
template <class Fill>
cudaError_t bind(const textureReference* how, Fill fill) {
  if (how == nullptr) return runtime_answer(invalid(kInvalidTexture, "no texture reference"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    auto reference = reference_of(how, false, context);
    if (!reference) return reference.error();
    State state;
    state.reading.sampler = sampler_of(*how);
    state.reading.srgb = how->sRGB != 0;
    {
      std::lock_guard lock(declared().mutex);
      state.reading.as_integers = !declared().normalized[how];
    }
    state.bound = true;
    if (Result<void> done = fill(context, state); !done) return done;
    return (*reference)->change(state);
  });
}

// Memory under a format; without a place for it there must be no offset.
Result<void> fill_memory(ImageSource source, uint64_t rest, size_t* offset, const cudaChannelFormatDesc* desc,
                         State& state) {
  Result<ChannelFormat> format = format_of(desc);
  if (!format) return format.error();
  if (rest != 0 && offset == nullptr)
    return invalid(Code::InvalidValue,
                   "a texture reference is bound to misaligned memory without a place for the offset");
  if (offset != nullptr) *offset = rest;
  source.format = format->format;
  source.channels = format->channels;
  state.source = source;
  state.offset = rest;
  return {};
}

cudaError_t bind_array(const textureReference* how, const void* array, ImageSource::Kind kind) {
  return bind(how, [&](runtime::Context&, State& state) -> Result<void> {
    state.source.kind = kind;
    state.source.array = array;
    return {};
  });
}

}  // namespace

void declare_texture(const void* host, bool normalized) {
  std::lock_guard lock(declared().mutex);
  declared().normalized[host] = normalized;
}

cudaError_t Cudart::cudaBindTexture(size_t* offset, const textureReference* how, const void* memory,
                                    const cudaChannelFormatDesc* desc, size_t bytes) {
  return bind(how, [&](runtime::Context& context, State& state) -> Result<void> {
    uint64_t rest = 0;
    Result<ImageSource> source = runtime::linear_source(context, reinterpret_cast<uint64_t>(memory), bytes, rest);
    if (!source) return source.error();
    return fill_memory(*source, rest, offset, desc, state);
  });
}
cudaError_t Cudart::cudaBindTexture2D(size_t* offset, const textureReference* how, const void* memory,
                                      const cudaChannelFormatDesc* desc, size_t width, size_t height, size_t pitch) {
  return bind(how, [&](runtime::Context& context, State& state) -> Result<void> {
    uint64_t rest = 0;
    Result<ImageSource> whole =
        runtime::linear_source(context, reinterpret_cast<uint64_t>(memory), pitch * height, rest);
    if (!whole) return whole.error();
    Result<ChannelFormat> format = format_of(desc);
    if (!format) return format.error();
    const uint64_t element =
        runtime::ArrayShape{.format = format->format, .channels = format->channels}.element_bytes();
    ImageSource source;
    source.kind = ImageSource::Kind::Pitched;
    source.address = whole->address;
    source.width = width + rest / element;  // the program adds the offset to its coordinates
    source.height = height;
    source.pitch = pitch;
    return fill_memory(source, rest, offset, desc, state);
  });
}
cudaError_t Cudart::cudaBindTextureToArray(const textureReference* how, cudaArray_const_t array,
                                           const cudaChannelFormatDesc*) {
  return bind_array(how, array, ImageSource::Kind::Array);
}
cudaError_t Cudart::cudaBindTextureToMipmappedArray(const textureReference* how, cudaMipmappedArray_const_t array,
                                                    const cudaChannelFormatDesc*) {
  return bind_array(how, array, ImageSource::Kind::Mipmapped);
}
cudaError_t Cudart::cudaUnbindTexture(const textureReference* how) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    auto reference = reference_of(how, false, context);
    if (!reference) return reference.error();
    return (*reference)->change({});
  });
}
cudaError_t Cudart::cudaGetTextureAlignmentOffset(size_t* offset, const textureReference* how) {
  if (offset == nullptr) return runtime_answer(invalid(Code::InvalidValue, "no place for an offset"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    auto reference = reference_of(how, false, context);
    if (!reference) return reference.error();
    const State state = (*reference)->state();
    if (!state.bound) return invalid(kInvalidTextureBinding, "nothing is bound to the texture reference");
    *offset = state.offset;
    return {};
  });
}
cudaError_t Cudart::cudaGetTextureReference(const textureReference** out, const void* symbol) {
  if (out == nullptr) return runtime_answer(invalid(Code::InvalidValue, "no place for a texture reference"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (auto reference = reference_of(symbol, false, context); !reference) return reference.error();
    *out = static_cast<const textureReference*>(symbol);
    return {};
  });
}

cudaError_t Cudart::cudaBindSurfaceToArray(const surfaceReference* surface, cudaArray_const_t array,
                                           const cudaChannelFormatDesc*) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    auto reference = reference_of(surface, true, context);
    if (!reference) return reference.error();
    State state;
    state.source.array = array;
    state.bound = true;
    return (*reference)->change(state);
  });
}
cudaError_t Cudart::cudaGetSurfaceReference(const surfaceReference** out, const void* symbol) {
  if (out == nullptr) return runtime_answer(invalid(Code::InvalidValue, "no place for a surface reference"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    if (auto reference = reference_of(symbol, true, context); !reference) return reference.error();
    *out = static_cast<const surfaceReference*>(symbol);
    return {};
  });
}

}  // namespace qiao::shim
