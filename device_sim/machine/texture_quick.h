// The texture unit for what most fetches are: a plane at its base level, of floats or of bytes read as floats, inside
// any address mode but the border. It gives the bits that the general form gives (texture_sampler.cpp), in a fraction
// of the time; false: not such a fetch.
#pragma once

#include <bit>
#include <cmath>
#include <cstring>

#include "device_sim/machine/texture_address.h"
#include "device_sim/machine/texture_sampler.h"

namespace qiao::machine {

template <class T>
class QuickPlane {
 public:
  QuickPlane(const hal::Image& image, const hal::Sampler& sampler) : image_(image), sampler_(sampler) {}

  bool sample(double x, double y, Texel& texel) const {
    const hal::ImageLevel& level = image_.levels[0];
    Span across, down;
    if (!place(x, level.width, sampler_.address[0], across) || !place(y, level.height, sampler_.address[1], down))
      return false;
    const auto* base = reinterpret_cast<const unsigned char*>(level.address);
    const unsigned char* top = base + static_cast<uint64_t>(down.first) * level.pitch;
    const unsigned char* bottom = base + static_cast<uint64_t>(down.second) * level.pitch;
    const uint64_t bytes = sizeof(T) * image_.channels;
    const auto left = static_cast<uint64_t>(across.first) * bytes, right = static_cast<uint64_t>(across.second) * bytes;
    texel = {0, 0, 0, std::bit_cast<uint32_t>(1.0f)};
    if (!sampler_.linear) {
      for (uint32_t i = 0; i < image_.channels; ++i) texel[i] = unfiltered(top + left + i * sizeof(T));
      return true;
    }
    const double a = across.weight / kWeights, b = down.weight / kWeights;
    const double weights[] = {(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b};
    const unsigned char* corners[] = {top + left, top + right, bottom + left, bottom + right};
    for (uint32_t i = 0; i < image_.channels; ++i) {
      double sum = 0;
      for (int corner = 0; corner < 4; ++corner) {
        if (weights[corner] != 0) sum += weights[corner] * value(corners[corner] + i * sizeof(T));
      }
      texel[i] = std::bit_cast<uint32_t>(static_cast<float>(sum / kScale));
    }
    return true;
  }

 private:
  static constexpr double kScale = sizeof(T) == 1 ? 255 : 1;

  bool place(double x, int64_t size, hal::AddressMode mode, Span& span) const {
    constexpr double kFar = 1e9;
    if (!sampler_.normalized_coordinates) mode = mode == hal::AddressMode::Border ? mode : hal::AddressMode::Clamp;
    const double u = sampler_.normalized_coordinates ? x * static_cast<double>(size) : x;
    if (!(std::abs(u) < kFar)) return false;
    span = sampler_.linear ? around(u, size, mode) : nearest(u, size, mode);
    return span.first != kBorder && span.second != kBorder;
  }
  static double value(const unsigned char* from) {
    T read;
    std::memcpy(&read, from, sizeof read);
    return read;
  }
  static uint32_t unfiltered(const unsigned char* from) {
    if constexpr (sizeof(T) == 1) return std::bit_cast<uint32_t>(static_cast<float>(*from / kScale));
    uint32_t bits = 0;
    std::memcpy(&bits, from, sizeof(T));
    return bits;
  }

  const hal::Image& image_;
  const hal::Sampler& sampler_;
};

inline bool sample_quickly(const hal::Image& image, const hal::Sampler& sampler, const TexturePoint& point,
                           Texel& texel) {
  if (point.geometry != Geometry::Dim2 || point.lod_mode != LodMode::Base || point.integer || point.gather ||
      image.levels.size() != 1 || image.linear_memory || image.srgb || point.offset != std::array<int32_t, 3>{}) {
    return false;
  }
  const double x = std::bit_cast<float>(point.at[0]), y = std::bit_cast<float>(point.at[1]);
  if (image.kind == hal::ChannelKind::Float && image.channel_bytes == 4)
    return QuickPlane<float>(image, sampler).sample(x, y, texel);
  if (image.kind == hal::ChannelKind::Unsigned && image.channel_bytes == 1 && image.normalized_values)
    return QuickPlane<uint8_t>(image, sampler).sample(x, y, texel);
  return false;
}

}  // namespace qiao::machine
