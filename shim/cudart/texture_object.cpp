// Texture and surface objects of the runtime API. Resource and texture descriptions grew between majors; what they
// share is at the same places.
#include <cstring>

#include "shim/cudart/channels.h"
#include "src/runtime/device.h"
#include "src/runtime/image.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

using runtime::ImageObject;
using runtime::ImageSource;
using runtime::ImageView;
using runtime::TextureReading;
using Object = std::shared_ptr<const ImageObject>;

template <class Description>
Result<ImageSource> source_of(const Description* what) {
  if (what == nullptr) return invalid(Code::InvalidValue, "no resource description");
  ImageSource source;
  auto memory = [&](const void* address, const cudaChannelFormatDesc& desc) -> Result<void> {
    Result<ChannelFormat> format = format_of(&desc);
    if (!format) return format.error();
    source.address = reinterpret_cast<uint64_t>(address);
    source.format = format->format;
    source.channels = format->channels;
    return {};
  };
  Result<void> done;
  switch (what->resType) {
    case cudaResourceTypeArray:
      source.array = what->res.array.array;
      return source;
    case cudaResourceTypeMipmappedArray:
      source.kind = ImageSource::Kind::Mipmapped;
      source.array = what->res.mipmap.mipmap;
      return source;
    case cudaResourceTypeLinear:
      source.kind = ImageSource::Kind::Linear;
      source.bytes = what->res.linear.sizeInBytes;
      done = memory(what->res.linear.devPtr, what->res.linear.desc);
      break;
    case cudaResourceTypePitch2D:
      source.kind = ImageSource::Kind::Pitched;
      source.width = what->res.pitch2D.width;
      source.height = what->res.pitch2D.height;
      source.pitch = what->res.pitch2D.pitchInBytes;
      done = memory(what->res.pitch2D.devPtr, what->res.pitch2D.desc);
      break;
    default:
      return invalid(Code::InvalidValue, "an unknown type of resource");
  }
  if (!done) return done.error();
  return source;
}

template <class Description>
void describe(const ImageSource& source, Description& out) {
  std::memset(&out, 0, sizeof out);
  out.resType = static_cast<cudaResourceType>(source.kind);
  void* address = reinterpret_cast<void*>(source.address);
  switch (source.kind) {
    case ImageSource::Kind::Array:
      out.res.array.array = const_cast<cudaArray_t>(static_cast<cudaArray_const_t>(source.array));
      break;
    case ImageSource::Kind::Mipmapped:
      out.res.mipmap.mipmap = const_cast<cudaMipmappedArray_t>(static_cast<cudaMipmappedArray_const_t>(source.array));
      break;
    case ImageSource::Kind::Linear:
      out.res.linear.devPtr = address;
      out.res.linear.desc = description_of(source.format, source.channels);
      out.res.linear.sizeInBytes = source.bytes;
      break;
    case ImageSource::Kind::Pitched:
      out.res.pitch2D.devPtr = address;
      out.res.pitch2D.desc = description_of(source.format, source.channels);
      out.res.pitch2D.width = source.width;
      out.res.pitch2D.height = source.height;
      out.res.pitch2D.pitchInBytes = source.pitch;
      break;
  }
}

template <class Description>
Result<TextureReading> reading_of(const Description* what) {
  if (what == nullptr) return invalid(Code::InvalidValue, "no texture description");
  TextureReading reading;
  for (size_t i = 0; i < 3; ++i) {
    const int mode = what->addressMode[i];
    if (mode < cudaAddressModeWrap || mode > cudaAddressModeBorder)
      return invalid(Code::InvalidValue, "an unknown address mode of a texture");
    reading.sampler.address[i] = static_cast<hal::AddressMode>(mode);
  }
  for (const int mode : {int{what->filterMode}, int{what->mipmapFilterMode}, int{what->readMode}}) {
    if (mode != 0 && mode != 1) return invalid(Code::InvalidValue, "an unknown filter or read mode of a texture");
  }
  reading.sampler.linear = what->filterMode == cudaFilterModeLinear;
  reading.sampler.mipmap_linear = what->mipmapFilterMode == cudaFilterModeLinear;
  reading.sampler.normalized_coordinates = what->normalizedCoords != 0;
  reading.sampler.level_bias = what->mipmapLevelBias;
  reading.sampler.least_level = what->minMipmapLevelClamp;
  reading.sampler.most_level = what->maxMipmapLevelClamp;
  reading.sampler.anisotropy = what->maxAnisotropy;
  std::copy(what->borderColor, what->borderColor + 4, reading.sampler.border.begin());
  reading.as_integers = what->readMode == cudaReadModeElementType;
  reading.srgb = what->sRGB != 0;
  reading.plain_trilinear = what->disableTrilinearOptimization != 0;
  if constexpr (requires { what->seamlessCubemap; }) reading.seamless = what->seamlessCubemap != 0;
  return reading;
}

template <class Description>
void describe(const TextureReading& reading, Description& out) {
  const hal::Sampler& sampler = reading.sampler;
  out = {};
  for (size_t i = 0; i < 3; ++i) out.addressMode[i] = static_cast<cudaTextureAddressMode>(sampler.address[i]);
  out.filterMode = sampler.linear ? cudaFilterModeLinear : cudaFilterModePoint;
  out.mipmapFilterMode = sampler.mipmap_linear ? cudaFilterModeLinear : cudaFilterModePoint;
  out.readMode = reading.as_integers ? cudaReadModeElementType : cudaReadModeNormalizedFloat;
  out.sRGB = reading.srgb;
  std::copy(sampler.border.begin(), sampler.border.end(), out.borderColor);
  out.normalizedCoords = sampler.normalized_coordinates;
  out.maxAnisotropy = sampler.anisotropy;
  out.mipmapLevelBias = sampler.level_bias;
  out.minMipmapLevelClamp = sampler.least_level;
  out.maxMipmapLevelClamp = sampler.most_level;
  out.disableTrilinearOptimization = reading.plain_trilinear;
  if constexpr (requires { out.seamlessCubemap; }) out.seamlessCubemap = reading.seamless;
}

template <class Description>
std::optional<ImageView> view_of(const Description* what) {
  if (what == nullptr) return std::nullopt;
  return ImageView{what->format,           what->width,           what->height,     what->depth,
                   what->firstMipmapLevel, what->lastMipmapLevel, what->firstLayer, what->lastLayer};
}

template <class Description>
void describe(const ImageView& view, Description& out) {
  out = {};
  out.format = static_cast<cudaResourceViewFormat>(view.format);
  out.width = view.width;
  out.height = view.height;
  out.depth = view.depth;
  out.firstMipmapLevel = view.first_level;
  out.lastMipmapLevel = view.last_level;
  out.firstLayer = view.first_layer;
  out.lastLayer = view.last_layer;
}

template <class Resource, class Texture, class View>
cudaError_t create_texture(cudaTextureObject_t* handle, const Resource* what, const Texture* how, const View* view) {
  if (handle == nullptr) return runtime_answer(invalid(Code::InvalidValue, "no place for a texture object"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<ImageSource> source = source_of(what);
    if (!source) return source.error();
    Result<TextureReading> reading = reading_of(how);
    if (!reading) return reading.error();
    Result<uint64_t> made = runtime::create_texture(context, *source, *reading, view_of(view));
    if (!made) return made.error();
    *handle = *made;
    return {};
  });
}

template <class Resource>
cudaError_t create_surface(cudaSurfaceObject_t* handle, const Resource* what) {
  if (handle == nullptr) return runtime_answer(invalid(Code::InvalidValue, "no place for a surface object"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<ImageSource> source = source_of(what);
    if (!source) return source.error();
    Result<uint64_t> made = runtime::create_surface(context, *source);
    if (!made) return made.error();
    *handle = *made;
    return {};
  });
}

// Runs `body(const ImageObject&) -> Result<void>`.
template <class Body>
cudaError_t with_object(const void* out, uint64_t handle, bool surface, Body body) {
  if (out == nullptr) return runtime_answer(invalid(Code::InvalidValue, "no place for a description"));
  Result<Object> object = runtime::find_image(handle, surface);
  if (!object) return runtime_answer(object.error());
  return runtime_answer(body(**object));
}

template <class Description>
cudaError_t get_resource(Description* out, uint64_t handle, bool surface) {
  return with_object(out, handle, surface, [&](const ImageObject& object) -> Result<void> {
    return describe(object.source, *out), Result<void>();
  });
}

template <class Description>
cudaError_t get_reading(Description* out, uint64_t handle) {
  return with_object(out, handle, false, [&](const ImageObject& object) -> Result<void> {
    return describe(object.reading, *out), Result<void>();
  });
}

template <class Description>
cudaError_t get_view(Description* out, uint64_t handle) {
  return with_object(out, handle, false, [&](const ImageObject& object) -> Result<void> {
    if (!object.view) return invalid(Code::InvalidValue, "a texture object made without a view");
    return describe(*object.view, *out), Result<void>();
  });
}

}  // namespace

// clang-format off
cudaError_t Cudart::cudaCreateTextureObject(cudaTextureObject_t* handle, const cudaResourceDesc* what, const cudaTextureDesc* how, const cudaResourceViewDesc* view) { return create_texture(handle, what, how, view); }
cudaError_t Cudart::cudaCreateTextureObject_until13(cudaTextureObject_t* handle, const cudaResourceDesc_v12* what, const cudaTextureDesc* how, const cudaResourceViewDesc_v12* view) { return create_texture(handle, what, how, view); }
cudaError_t Cudart::cudaCreateTextureObject_until12(cudaTextureObject_t* handle, const cudaResourceDesc_v12* what, const cudaTextureDesc_v11* how, const cudaResourceViewDesc_v12* view) { return create_texture(handle, what, how, view); }
cudaError_t Cudart::cudaCreateTextureObject_v2(cudaTextureObject_t* handle, const cudaResourceDesc_v12* what, const cudaTextureDesc_v2* how, const cudaResourceViewDesc_v12* view) { return create_texture(handle, what, how, view); }
cudaError_t Cudart::cudaGetTextureObjectResourceDesc(cudaResourceDesc* out, cudaTextureObject_t handle) { return get_resource(out, handle, false); }
cudaError_t Cudart::cudaGetTextureObjectResourceDesc_until13(cudaResourceDesc_v12* out, cudaTextureObject_t handle) { return get_resource(out, handle, false); }
cudaError_t Cudart::cudaGetTextureObjectTextureDesc(cudaTextureDesc* out, cudaTextureObject_t handle) { return get_reading(out, handle); }
cudaError_t Cudart::cudaGetTextureObjectTextureDesc_until12(cudaTextureDesc_v11* out, cudaTextureObject_t handle) { return get_reading(out, handle); }
cudaError_t Cudart::cudaGetTextureObjectTextureDesc_v2(cudaTextureDesc_v2* out, cudaTextureObject_t handle) { return get_reading(out, handle); }
cudaError_t Cudart::cudaGetTextureObjectResourceViewDesc(cudaResourceViewDesc* out, cudaTextureObject_t handle) { return get_view(out, handle); }
cudaError_t Cudart::cudaGetTextureObjectResourceViewDesc_until13(cudaResourceViewDesc_v12* out, cudaTextureObject_t handle) { return get_view(out, handle); }
cudaError_t Cudart::cudaCreateSurfaceObject(cudaSurfaceObject_t* handle, const cudaResourceDesc* what) { return create_surface(handle, what); }
cudaError_t Cudart::cudaCreateSurfaceObject_until13(cudaSurfaceObject_t* handle, const cudaResourceDesc_v12* what) { return create_surface(handle, what); }
cudaError_t Cudart::cudaGetSurfaceObjectResourceDesc(cudaResourceDesc* out, cudaSurfaceObject_t handle) { return get_resource(out, handle, true); }
cudaError_t Cudart::cudaGetSurfaceObjectResourceDesc_until13(cudaResourceDesc_v12* out, cudaSurfaceObject_t handle) { return get_resource(out, handle, true); }
// clang-format on

cudaError_t Cudart::cudaDestroyTextureObject(cudaTextureObject_t handle) {
  return in_runtime_context([&](runtime::Context&) { return runtime::destroy_image(handle, false); });
}
cudaError_t Cudart::cudaDestroySurfaceObject(cudaSurfaceObject_t handle) {
  return in_runtime_context([&](runtime::Context&) { return runtime::destroy_image(handle, true); });
}

cudaError_t Cudart::cudaDeviceGetTexture1DLinearMaxWidth(size_t* most, const cudaChannelFormatDesc* desc, int number) {
  if (most == nullptr) return runtime_answer(invalid(Code::InvalidValue, "no place for a width"));
  Result<ChannelFormat> format = format_of(desc);
  if (!format) return runtime_answer(format.error());
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return runtime_answer(platform.error());
  Result<runtime::Device*> device = (*platform)->device(number);
  if (!device) return runtime_answer(device.error());
  *most = static_cast<size_t>((*device)->description().limits.texture_1d_linear);
  return cudaSuccess;
}

}  // namespace qiao::shim
