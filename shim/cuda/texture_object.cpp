// Texture and surface objects of the driver API.
#include <cstring>

#include "shim/common/answer.h"
#include "src/runtime/image.h"

namespace qiao::shim {
namespace {

using runtime::ImageObject;
using runtime::ImageSource;
using runtime::ImageView;
using runtime::TextureReading;
using Object = std::shared_ptr<const ImageObject>;

constexpr unsigned kAsInteger = CU_TRSF_READ_AS_INTEGER, kNormalized = CU_TRSF_NORMALIZED_COORDINATES,
                   kSrgb = CU_TRSF_SRGB, kPlainTrilinear = CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION,
                   kSeamless = CU_TRSF_SEAMLESS_CUBEMAP;

Result<ImageSource> source_of(const CUDA_RESOURCE_DESC* what) {
  if (what == nullptr) return invalid(Code::InvalidValue, "no resource description");
  if (what->flags != 0) return invalid(Code::InvalidValue, "flags of a resource, expected 0");
  ImageSource source;
  switch (what->resType) {
    case CU_RESOURCE_TYPE_ARRAY:
      source.array = what->res.array.hArray;
      return source;
    case CU_RESOURCE_TYPE_MIPMAPPED_ARRAY:
      source.kind = ImageSource::Kind::Mipmapped;
      source.array = what->res.mipmap.hMipmappedArray;
      return source;
    case CU_RESOURCE_TYPE_LINEAR:
      source.kind = ImageSource::Kind::Linear;
      source.address = what->res.linear.devPtr;
      source.format = what->res.linear.format;
      source.channels = what->res.linear.numChannels;
      source.bytes = what->res.linear.sizeInBytes;
      return source;
    case CU_RESOURCE_TYPE_PITCH2D:
      source.kind = ImageSource::Kind::Pitched;
      source.address = what->res.pitch2D.devPtr;
      source.format = what->res.pitch2D.format;
      source.channels = what->res.pitch2D.numChannels;
      source.width = what->res.pitch2D.width;
      source.height = what->res.pitch2D.height;
      source.pitch = what->res.pitch2D.pitchInBytes;
      return source;
    default:
      return invalid(Code::InvalidValue, "an unknown type of resource");
  }
}

void describe(const ImageSource& source, CUDA_RESOURCE_DESC& out) {
  std::memset(&out, 0, sizeof out);
  out.resType = static_cast<CUresourcetype>(source.kind);
  switch (source.kind) {
    case ImageSource::Kind::Array:
      out.res.array.hArray = static_cast<CUarray>(const_cast<void*>(source.array));
      break;
    case ImageSource::Kind::Mipmapped:
      out.res.mipmap.hMipmappedArray = static_cast<CUmipmappedArray>(const_cast<void*>(source.array));
      break;
    case ImageSource::Kind::Linear:
      out.res.linear.devPtr = source.address;
      out.res.linear.format = static_cast<CUarray_format>(source.format);
      out.res.linear.numChannels = source.channels;
      out.res.linear.sizeInBytes = source.bytes;
      break;
    case ImageSource::Kind::Pitched:
      out.res.pitch2D.devPtr = source.address;
      out.res.pitch2D.format = static_cast<CUarray_format>(source.format);
      out.res.pitch2D.numChannels = source.channels;
      out.res.pitch2D.width = source.width;
      out.res.pitch2D.height = source.height;
      out.res.pitch2D.pitchInBytes = source.pitch;
      break;
  }
}

Result<TextureReading> reading_of(const CUDA_TEXTURE_DESC* what) {
  if (what == nullptr) return invalid(Code::InvalidValue, "no texture description");
  if ((what->flags & ~(kAsInteger | kNormalized | kSrgb | kPlainTrilinear | kSeamless)) != 0)
    return invalid(Code::InvalidValue, "unknown flags of a texture");
  TextureReading reading;
  for (size_t i = 0; i < 3; ++i) {
    const int mode = what->addressMode[i];
    if (mode < CU_TR_ADDRESS_MODE_WRAP || mode > CU_TR_ADDRESS_MODE_BORDER)
      return invalid(Code::InvalidValue, "an unknown address mode of a texture");
    reading.sampler.address[i] = static_cast<hal::AddressMode>(mode);
  }
  for (const int mode : {int{what->filterMode}, int{what->mipmapFilterMode}}) {
    if (mode != 0 && mode != 1) return invalid(Code::InvalidValue, "an unknown filter mode of a texture");
  }
  reading.sampler.linear = what->filterMode == CU_TR_FILTER_MODE_LINEAR;
  reading.sampler.mipmap_linear = what->mipmapFilterMode == CU_TR_FILTER_MODE_LINEAR;
  reading.sampler.normalized_coordinates = (what->flags & kNormalized) != 0;
  reading.sampler.level_bias = what->mipmapLevelBias;
  reading.sampler.least_level = what->minMipmapLevelClamp;
  reading.sampler.most_level = what->maxMipmapLevelClamp;
  reading.sampler.anisotropy = what->maxAnisotropy;
  std::copy(what->borderColor, what->borderColor + 4, reading.sampler.border.begin());
  reading.as_integers = (what->flags & kAsInteger) != 0;
  reading.srgb = (what->flags & kSrgb) != 0;
  reading.plain_trilinear = (what->flags & kPlainTrilinear) != 0;
  reading.seamless = (what->flags & kSeamless) != 0;
  return reading;
}

void describe(const TextureReading& reading, CUDA_TEXTURE_DESC& out) {
  const hal::Sampler& sampler = reading.sampler;
  out = {};
  for (size_t i = 0; i < 3; ++i) out.addressMode[i] = static_cast<CUaddress_mode>(sampler.address[i]);
  out.filterMode = sampler.linear ? CU_TR_FILTER_MODE_LINEAR : CU_TR_FILTER_MODE_POINT;
  out.mipmapFilterMode = sampler.mipmap_linear ? CU_TR_FILTER_MODE_LINEAR : CU_TR_FILTER_MODE_POINT;
  out.flags = (reading.as_integers ? kAsInteger : 0) | (sampler.normalized_coordinates ? kNormalized : 0) |
              (reading.srgb ? kSrgb : 0) | (reading.plain_trilinear ? kPlainTrilinear : 0) |
              (reading.seamless ? kSeamless : 0);
  out.maxAnisotropy = sampler.anisotropy;
  out.mipmapLevelBias = sampler.level_bias;
  out.minMipmapLevelClamp = sampler.least_level;
  out.maxMipmapLevelClamp = sampler.most_level;
  std::copy(sampler.border.begin(), sampler.border.end(), out.borderColor);
}

// Runs `body(const ImageObject&) -> Result<void>`.
template <class Body>
CUresult with_object(const void* out, uint64_t handle, bool surface, Body body) {
  if (out == nullptr) return driver_answer(invalid(Code::InvalidValue, "no place for a description"));
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<Object> object = runtime::find_image(handle, surface);
    if (!object) return object.error();
    return body(**object);
  });
}

}  // namespace

CUresult Driver::cuTexObjectCreate(CUtexObject* handle, const CUDA_RESOURCE_DESC* what, const CUDA_TEXTURE_DESC* how,
                                   const CUDA_RESOURCE_VIEW_DESC* part) {
  if (handle == nullptr) return driver_answer(invalid(Code::InvalidValue, "no place for a texture object"));
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<ImageSource> source = source_of(what);
    if (!source) return source.error();
    Result<TextureReading> reading = reading_of(how);
    if (!reading) return reading.error();
    std::optional<ImageView> view;
    if (part != nullptr) {
      view = ImageView{part->format,           part->width,           part->height,     part->depth,
                       part->firstMipmapLevel, part->lastMipmapLevel, part->firstLayer, part->lastLayer};
    }
    Result<uint64_t> made = runtime::create_texture(context, *source, *reading, view);
    if (!made) return made.error();
    *handle = *made;
    return {};
  });
}
CUresult Driver::cuTexObjectDestroy(CUtexObject handle) {
  return in_driver_context([&](runtime::Context&) { return runtime::destroy_image(handle, false); });
}
CUresult Driver::cuTexObjectGetResourceDesc(CUDA_RESOURCE_DESC* out, CUtexObject handle) {
  return with_object(out, handle, false, [&](const ImageObject& object) -> Result<void> {
    describe(object.source, *out);
    return {};
  });
}
CUresult Driver::cuTexObjectGetTextureDesc(CUDA_TEXTURE_DESC* out, CUtexObject handle) {
  return with_object(out, handle, false, [&](const ImageObject& object) -> Result<void> {
    describe(object.reading, *out);
    return {};
  });
}
CUresult Driver::cuTexObjectGetResourceViewDesc(CUDA_RESOURCE_VIEW_DESC* out, CUtexObject handle) {
  return with_object(out, handle, false, [&](const ImageObject& object) -> Result<void> {
    if (!object.view) return invalid(Code::InvalidValue, "a texture object made without a view");
    const ImageView& view = *object.view;
    *out = {};
    out->format = static_cast<CUresourceViewFormat>(view.format);
    out->width = view.width;
    out->height = view.height;
    out->depth = view.depth;
    out->firstMipmapLevel = view.first_level;
    out->lastMipmapLevel = view.last_level;
    out->firstLayer = view.first_layer;
    out->lastLayer = view.last_layer;
    return {};
  });
}

CUresult Driver::cuSurfObjectCreate(CUsurfObject* handle, const CUDA_RESOURCE_DESC* what) {
  if (handle == nullptr) return driver_answer(invalid(Code::InvalidValue, "no place for a surface object"));
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<ImageSource> source = source_of(what);
    if (!source) return source.error();
    Result<uint64_t> made = runtime::create_surface(context, *source);
    if (!made) return made.error();
    *handle = *made;
    return {};
  });
}
CUresult Driver::cuSurfObjectDestroy(CUsurfObject handle) {
  return in_driver_context([&](runtime::Context&) { return runtime::destroy_image(handle, true); });
}
CUresult Driver::cuSurfObjectGetResourceDesc(CUDA_RESOURCE_DESC* out, CUsurfObject handle) {
  return with_object(out, handle, true, [&](const ImageObject& object) -> Result<void> {
    describe(object.source, *out);
    return {};
  });
}

}  // namespace qiao::shim
