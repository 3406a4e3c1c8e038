#include "shim/cudart/channels.h"

namespace qiao::shim {

namespace {

constexpr Code kInvalidChannelDescriptor{20};  // cudaErrorInvalidChannelDescriptor, which no other file answers

}  // namespace

// Channels are all of one size and kind; the first so many of four are there.
Result<ChannelFormat> format_of(const cudaChannelFormatDesc* desc) {
  if (desc == nullptr) return invalid(Code::InvalidValue, "no channel description");
  const int bits[] = {desc->x, desc->y, desc->z, desc->w};
  ChannelFormat found;
  while (found.channels < 4 && bits[found.channels] != 0) {
    if (bits[found.channels] != bits[0])
      return invalid(kInvalidChannelDescriptor, "a channel description with channels of several sizes");
    ++found.channels;
  }
  const int width = bits[0] == 8 ? 0 : bits[0] == 16 ? 1 : bits[0] == 32 ? 2 : -1;
  if (static_cast<int>(desc->f) > cudaChannelFormatKindNone) return unsupported("normalised or compressed channels");
  if (width >= 0 && desc->f == cudaChannelFormatKindUnsigned) found.format = CU_AD_FORMAT_UNSIGNED_INT8 + width;
  if (width >= 0 && desc->f == cudaChannelFormatKindSigned) found.format = CU_AD_FORMAT_SIGNED_INT8 + width;
  if (width == 1 && desc->f == cudaChannelFormatKindFloat) found.format = CU_AD_FORMAT_HALF;
  if (width == 2 && desc->f == cudaChannelFormatKindFloat) found.format = CU_AD_FORMAT_FLOAT;
  if (found.format == 0 || found.channels == 3)
    return invalid(kInvalidChannelDescriptor, "a channel description that no array can have");
  return found;
}

cudaChannelFormatDesc description_of(int format, uint32_t channels) {
  const runtime::ArrayShape shape{.format = format};
  const int bits = static_cast<int>(shape.channel_bytes() * 8);
  auto channel = [&](uint32_t number) { return number < channels ? bits : 0; };
  const bool is_float = format == CU_AD_FORMAT_HALF || format == CU_AD_FORMAT_FLOAT;
  const bool is_signed = format >= CU_AD_FORMAT_SIGNED_INT8 && format <= CU_AD_FORMAT_SIGNED_INT32;
  return {channel(0), channel(1), channel(2), channel(3),
          is_float    ? cudaChannelFormatKindFloat
          : is_signed ? cudaChannelFormatKindSigned
                      : cudaChannelFormatKindUnsigned};
}

cudaChannelFormatDesc Cudart::cudaCreateChannelDesc(int x, int y, int z, int w, cudaChannelFormatKind kind) {
  return {x, y, z, w, kind};
}

}  // namespace qiao::shim
