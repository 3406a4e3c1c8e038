#include "device_sim/machine/texture_warp.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "device_sim/machine/texture_address.h"
#include "src/isa/half_bits.h"

// Functions between the loops and the entry points must be part of them, to be made for the same host.
#define QIAO_INLINE [[gnu::always_inline]] inline

namespace qiao::machine {
namespace {

using hal::AddressMode;
using hal::ChannelKind;
using hal::Image;
using hal::ImageLevel;

template <class T>
struct alignas(64) Lanes : std::array<T, kWarpLanes> {};

// A channel as it is stored.
struct Half {
  uint16_t bits;
};
template <class T>
QIAO_INLINE T stored(const unsigned char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
QIAO_INLINE double number_of(Half half) {
  return std::bit_cast<float>(isa::f32_bits_of_f16(half.bits));
}
template <class T>
QIAO_INLINE double number_of(T value) {
  return static_cast<double>(value);
}

// What is the same for all lanes.
struct Plan {
  const Image& image;
  const ImageLevel& level;
  unsigned dimensions;
  bool linear;
  bool raw;      // integers that stay integers
  bool borders;  // some dimension has border colours
  double scale;  // of normalised integers, else 1
};

// Elements of one dimension for each lane, as `around` and `nearest` of texture_address.h have them.
struct Axis {
  Lanes<int32_t> first, second;
  Lanes<double> weight;
};

QIAO_INLINE int32_t floor_of(double value) {
  const auto cut = static_cast<int32_t>(value);
  return cut - (value < static_cast<double>(cut));
}

QIAO_INLINE int32_t rest_of(int32_t value, int32_t period) {
  const double by = static_cast<double>(value) / period;
  return value - floor_of(by) * period;  // exact: quotients of numbers of 31 bits never round up to a whole one
}

template <AddressMode kMode>
QIAO_INLINE int32_t element(int32_t i, int32_t size) {
  if constexpr (kMode == AddressMode::Clamp) {
    i = i < 0 ? 0 : i;
    return i < size ? i : size - 1;
  } else if constexpr (kMode == AddressMode::Border) {
    return (i < 0) | (i >= size) ? static_cast<int32_t>(kBorder) : i;
  } else if constexpr (kMode == AddressMode::Wrap) {
    return rest_of(i, size);
  } else {
    const int32_t place = rest_of(i, 2 * size);
    return place < size ? place : 2 * size - 1 - place;
  }
}

// Coordinates in elements, and which lanes' are too far away (or no numbers): those count as 0 here.
QIAO_INLINE void scale_coordinates(const uint32_t* at, double size, Lanes<double>& u, Lanes<uint32_t>& far) {
  constexpr double kFar = 1 << 22;  // 256ths of it are numbers of 31 bits
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    const double scaled = std::bit_cast<float>(at[lane]) * size;
    const bool near = std::abs(scaled) < kFar;
    u[lane] = near ? scaled : 0;
    far[lane] |= near ? 0 : 1;
  }
}

template <AddressMode kMode>
QIAO_INLINE void place_lanes(const Lanes<double>& u, int32_t size, bool linear, Axis& axis) {
  if (linear) {
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
      const int32_t place = floor_of((u[lane] - 0.5) * kWeights + 0.5);
      axis.first[lane] = element<kMode>(place >> 8, size);
      axis.second[lane] = element<kMode>((place >> 8) + 1, size);
      axis.weight[lane] = place & 255;
    }
  } else if constexpr (kMode == AddressMode::Mirror) {
    for (unsigned lane = 0; lane < kWarpLanes; ++lane)
      axis.first[lane] = static_cast<int32_t>(nearest(u[lane], size, kMode).first);
  } else {
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) axis.first[lane] = element<kMode>(floor_of(u[lane]), size);
  }
}

QIAO_INLINE void place_lanes(const Lanes<double>& u, int32_t size, AddressMode mode, bool linear, Axis& axis) {
  switch (mode) {
    case AddressMode::Wrap:
      return place_lanes<AddressMode::Wrap>(u, size, linear, axis);
    case AddressMode::Clamp:
      return place_lanes<AddressMode::Clamp>(u, size, linear, axis);
    case AddressMode::Mirror:
      return place_lanes<AddressMode::Mirror>(u, size, linear, axis);
    case AddressMode::Border:
      return place_lanes<AddressMode::Border>(u, size, linear, axis);
  }
}

// One corner of the lanes' points: where it lies in the level, its share, and whether it lies in the border.
struct Corner {
  Lanes<int32_t> offset;
  Lanes<double> weight;
  Lanes<int32_t> outside;
};

QIAO_INLINE void corner_of(const Plan& plan, const std::array<Axis, 3>& axes, const Lanes<int32_t>& start,
                           unsigned number, bool weighted, Corner& corner) {
  const int32_t steps[] = {static_cast<int32_t>(plan.image.element_bytes()), static_cast<int32_t>(plan.level.pitch),
                           static_cast<int32_t>(plan.level.slice_bytes)};
  corner.offset = start;
  corner.weight.fill(1);
  corner.outside.fill(0);
  for (unsigned d = 0; d < plan.dimensions; ++d) {
    const bool far = (number >> d & 1) != 0;
    const Lanes<int32_t>& elements = far ? axes[d].second : axes[d].first;
    const int32_t step = steps[d];
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
      corner.outside[lane] |= elements[lane] >> 31;
      corner.offset[lane] += elements[lane] * step;
    }
    if (!weighted) continue;
    const double base = far ? 0 : kWeights, sign = far ? 1 : -1;
    for (unsigned lane = 0; lane < kWarpLanes; ++lane)
      corner.weight[lane] *= (base + sign * axes[d].weight[lane]) / kWeights;
  }
  if (!plan.borders) return;
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) corner.offset[lane] &= ~corner.outside[lane];
}

// A channel that the image does not have: alpha is 1, the others are 0.
constexpr double absent(const Plan& plan, uint32_t channel) {
  return channel == 3 ? plan.scale : 0;
}

// What the functions for each host work on. Made by who calls them, so that nothing is zeroed first.
struct Scratch {
  std::array<Axis, 3> axes;
  std::array<Lanes<double>, 4> sums;
};

// What every lane reads of one channel, in units of the format.
template <class T>
QIAO_INLINE void read_channel(const Plan& plan, const Corner& corner, uint32_t channel, Lanes<double>& values) {
  if (channel < plan.image.channels) {
    const auto* from = reinterpret_cast<const unsigned char*>(plan.level.address) + channel * sizeof(T);
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) values[lane] = number_of(stored<T>(from + corner.offset[lane]));
    if constexpr (std::is_signed_v<T> && !std::is_floating_point_v<T>) {  // -128 reads as -1, like -127
      for (unsigned lane = 0; lane < kWarpLanes; ++lane) values[lane] = std::max(values[lane], -plan.scale);
    }
  } else {
    values.fill(absent(plan, channel));
  }
  if (!plan.borders) return;
  const double border = plan.image.sampler.border[channel] * plan.scale;
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) values[lane] = corner.outside[lane] ? border : values[lane];
}

QIAO_INLINE void write_channel(const Plan& plan, const Lanes<double>& values,
                               std::array<uint32_t, kWarpLanes>& texels) {
  if (plan.scale == 1) {
    for (unsigned lane = 0; lane < kWarpLanes; ++lane)
      texels[lane] = std::bit_cast<uint32_t>(static_cast<float>(values[lane]));
    return;
  }
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    texels[lane] = std::bit_cast<uint32_t>(static_cast<float>(values[lane] / plan.scale));
}

// Channels that differ between lanes: those of the image, or all where some lanes see a border.
QIAO_INLINE uint32_t channels_of(const Plan& plan) {
  return plan.borders ? 4 : plan.image.channels;
}

template <class T>
QIAO_INLINE void filter(const Plan& plan, Scratch& scratch, const Lanes<int32_t>& start, WarpTexels& texels) {
  const std::array<Axis, 3>& axes = scratch.axes;
  std::array<Lanes<double>, 4>& sums = scratch.sums;
  Corner corner;
  Lanes<double> values;
  const uint32_t channels = channels_of(plan);
  for (uint32_t channel = 0; channel < channels; ++channel) sums[channel].fill(0);
  for (unsigned number = 0; number < 1u << plan.dimensions; ++number) {
    corner_of(plan, axes, start, number, true, corner);
    for (uint32_t channel = 0; channel < channels; ++channel) {
      read_channel<T>(plan, corner, channel, values);
      Lanes<double>& sum = sums[channel];
      for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
        const double share = corner.weight[lane] * values[lane];
        sum[lane] += corner.weight[lane] != 0 ? share : 0;  // a corner without a share may be an infinity
      }
    }
  }
  for (uint32_t channel = 0; channel < channels; ++channel) write_channel(plan, sums[channel], texels[channel]);
}

template <class T>
QIAO_INLINE void convert(const Plan& plan, const Corner& corner, WarpTexels& texels) {
  Lanes<double> values;
  for (uint32_t channel = 0; channel < channels_of(plan); ++channel) {
    read_channel<T>(plan, corner, channel, values);
    write_channel(plan, values, texels[channel]);
  }
}

// Bits that stay: integers extended to 32 bits, and floats.
template <class T>
QIAO_INLINE void copy(const Plan& plan, const Corner& corner, WarpTexels& texels) {
  for (uint32_t channel = 0; channel < channels_of(plan); ++channel) {
    std::array<uint32_t, kWarpLanes>& out = texels[channel];
    if (channel < plan.image.channels) {
      const auto* from = reinterpret_cast<const unsigned char*>(plan.level.address) + channel * sizeof(T);
      for (unsigned lane = 0; lane < kWarpLanes; ++lane)
        out[lane] = static_cast<uint32_t>(stored<T>(from + corner.offset[lane]));
    }
    if (!plan.borders) continue;
    const float border = plan.image.sampler.border[channel];
    const uint32_t bits =
        plan.raw ? static_cast<uint32_t>(static_cast<int64_t>(border)) : std::bit_cast<uint32_t>(border);
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) out[lane] = corner.outside[lane] ? bits : out[lane];
  }
}

template <class T>
QIAO_INLINE void read_texels(const Plan& plan, Scratch& scratch, const Lanes<int32_t>& start, WarpTexels& texels) {
  if (plan.linear) return filter<T>(plan, scratch, start, texels);
  Corner corner;
  corner_of(plan, scratch.axes, start, 0, false, corner);
  convert<T>(plan, corner, texels);
}

template <class T, class Work>
QIAO_INLINE void with_sign(bool is_signed, Work&& work) {
  is_signed ? work(std::make_signed_t<T>{}) : work(T{});
}

QIAO_INLINE void read_all(const Plan& plan, Scratch& scratch, const Lanes<int32_t>& start, WarpTexels& texels) {
  const bool floats = plan.image.kind == ChannelKind::Float, is_signed = plan.image.kind == ChannelKind::Signed;
  const uint32_t one = plan.raw ? 1 : std::bit_cast<uint32_t>(1.0f);
  for (uint32_t channel = plan.image.channels; channel < 4; ++channel) texels[channel].fill(channel == 3 ? one : 0);
  if (plan.raw || (floats && plan.image.channel_bytes == 4 && !plan.linear)) {
    Corner corner;
    corner_of(plan, scratch.axes, start, 0, false, corner);
    const auto work = [&](auto type) __attribute__((always_inline)) { copy<decltype(type)>(plan, corner, texels); };
    if (plan.image.channel_bytes == 1) return with_sign<uint8_t>(is_signed, work);
    if (plan.image.channel_bytes == 2) return with_sign<uint16_t>(is_signed, work);
    return work(uint32_t{});
  }
  const auto work = [&](auto type)
                        __attribute__((always_inline)) { read_texels<decltype(type)>(plan, scratch, start, texels); };
  if (floats) return plan.image.channel_bytes == 4 ? work(float{}) : work(Half{});
  return plan.image.channel_bytes == 1 ? with_sign<uint8_t>(is_signed, work) : with_sign<uint16_t>(is_signed, work);
}

QIAO_INLINE uint32_t bits_of(const Lanes<uint32_t>& far) {
  uint32_t bits = 0;
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) bits |= far[lane] << lane;
  return bits;
}

// Where the lanes' points lie, and where their layers start; the lanes for which that is not to be said.
QIAO_INLINE uint32_t place_points(const Plan& plan, const WarpPoints& points, std::array<Axis, 3>& axes,
                                  Lanes<int32_t>& start) {
  const hal::Sampler& sampler = plan.image.sampler;
  const bool layered = is_layered(points.geometry);
  if (layered) {
    const uint32_t last = plan.level.slices - 1, step = static_cast<uint32_t>(plan.level.slice_bytes);
    for (unsigned lane = 0; lane < kWarpLanes; ++lane)
      start[lane] = static_cast<int32_t>(std::min(points.at[0][lane], last) * step);
  }
  Lanes<uint32_t> far{};
  Lanes<double> u;
  const uint32_t sizes[] = {plan.level.width, plan.level.height, plan.level.slices};
  for (unsigned d = 0; d < plan.dimensions; ++d) {
    AddressMode mode = sampler.address[d];
    if (!sampler.normalized_coordinates && mode != AddressMode::Border) mode = AddressMode::Clamp;
    scale_coordinates(points.at[d + layered], sampler.normalized_coordinates ? sizes[d] : 1, u, far);
    place_lanes(u, static_cast<int32_t>(sizes[d]), mode, plan.linear, axes[d]);
  }
  return bits_of(far);
}

// Linear memory by whole numbers; outside of it lanes read the first element, to be forgotten.
QIAO_INLINE void place_elements(const Plan& plan, const WarpPoints& points, Axis& axis, Lanes<uint32_t>& inside) {
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    const uint32_t x = points.at[0][lane];
    inside[lane] = x < plan.level.width ? ~0u : 0;
    axis.first[lane] = static_cast<int32_t>(x & inside[lane]);
  }
}

QIAO_INLINE uint32_t sample(const Plan& plan, const WarpPoints& points, Scratch& scratch, WarpTexels& texels) {
  Lanes<int32_t> start{};
  Lanes<uint32_t> inside;
  uint32_t far = 0;
  if (points.integer) {
    place_elements(plan, points, scratch.axes[0], inside);
  } else {
    far = place_points(plan, points, scratch.axes, start);
  }
  read_all(plan, scratch, start, texels);
  if (!points.integer) return ~far;
  for (std::array<uint32_t, kWarpLanes>& channel : texels) {
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) channel[lane] &= inside[lane];
  }
  return ~0u;
}

#if defined(__x86_64__)
// One for each generation of hosts; QIAO_INLINE makes all of it part of each.
[[gnu::target("avx512f,avx512vl,avx512dq,avx512bw,f16c")]] uint32_t sample_avx512(const Plan& plan,
                                                                                  const WarpPoints& points,
                                                                                  Scratch& scratch,
                                                                                  WarpTexels& texels) {
  return sample(plan, points, scratch, texels);
}
[[gnu::target("avx2,f16c")]] uint32_t sample_avx2(const Plan& plan, const WarpPoints& points, Scratch& scratch,
                                                  WarpTexels& texels) {
  return sample(plan, points, scratch, texels);
}
#endif
uint32_t sample_plain(const Plan& plan, const WarpPoints& points, Scratch& scratch, WarpTexels& texels) {
  return sample(plan, points, scratch, texels);
}

using Sample = uint32_t (*)(const Plan&, const WarpPoints&, Scratch&, WarpTexels&);

Sample best_sample() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw"))
    return sample_avx512;
  if (__builtin_cpu_supports("avx2")) return sample_avx2;
#endif
  return sample_plain;
}

// Linear memory that is no plane.
bool is_list(const Image& image) {
  return image.linear_memory && image.dimensions == 1;
}

bool is_usual(const Image& image, const WarpPoints& points) {
  if (image.levels.size() != 1 || image.srgb || is_cube(points.geometry)) return false;
  if (image.normalized_values && image.channel_bytes == 4 && image.kind != ChannelKind::Float) return false;
  const ImageLevel& level = image.levels[0];
  constexpr uint64_t kMost = 1u << 31;  // offsets are numbers of 31 bits
  if (level.width == 0 || level.height == 0 || level.slices == 0) return false;
  const uint64_t bytes = std::max(
      {uint64_t{level.width} * image.element_bytes(), level.height * level.pitch, level.slices * level.slice_bytes});
  if (bytes >= kMost) return false;
  return points.integer == is_list(image) && (!is_list(image) || points.geometry == Geometry::Dim1);
}

}  // namespace

uint32_t sample_warp(const Image& image, const WarpPoints& points, WarpTexels& texels) {
  if (!is_usual(image, points)) return 0;
  static const Sample kSample = best_sample();
  const bool raw = image.kind != ChannelKind::Float && !image.normalized_values;
  const unsigned dimensions = dimensions_of(points.geometry);
  Plan plan{image, image.levels[0], dimensions, image.sampler.linear && !raw && !points.integer, raw, false, 1};
  for (unsigned d = 0; d < dimensions && !points.integer; ++d)
    plan.borders |= image.sampler.address[d] == AddressMode::Border;
  if (image.normalized_values && image.kind != ChannelKind::Float) {
    const unsigned bits = 8 * image.channel_bytes - (image.kind == ChannelKind::Signed ? 1 : 0);
    plan.scale = (1 << bits) - 1;
  }
  Scratch scratch;
  return kSample(plan, points, scratch, texels);
}

}  // namespace qiao::machine

#undef QIAO_INLINE
