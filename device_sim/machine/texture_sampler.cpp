#include "device_sim/machine/texture_sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "device_sim/machine/texture_address.h"
#include "src/isa/half_bits.h"

namespace qiao::machine {
namespace {

using hal::AddressMode;
using hal::ChannelKind;
using hal::Image;
using hal::ImageLevel;
using hal::Sampler;

using Color = std::array<double, 4>;  // in units of the format: integers as they are stored, before Reader::scale

const unsigned char* place_of_element(const Image& image, const ImageLevel& level, const std::array<int64_t, 3>& at) {
  return reinterpret_cast<const unsigned char*>(level.address + static_cast<uint64_t>(at[2]) * level.slice_bytes +
                                                static_cast<uint64_t>(at[1]) * level.pitch +
                                                static_cast<uint64_t>(at[0]) * image.element_bytes());
}

// The channels of one texel, extended to 32 bits.
Texel load(const Image& image, const unsigned char* from) {
  Texel texel{};
  for (uint32_t i = 0; i < image.channels; ++i) {
    uint32_t bits = 0;
    std::memcpy(&bits, from + i * image.channel_bytes, image.channel_bytes);
    if (image.kind == ChannelKind::Signed) {
      const unsigned unused = 32 - 8 * image.channel_bytes;
      bits = static_cast<uint32_t>(static_cast<int32_t>(bits << unused) >> unused);
    }
    texel[i] = bits;
  }
  return texel;
}

// sRGB's transfer function (IEC 61966-2-1), for the three colours and not for alpha.
double linear_from_srgb(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

// How the bits of a channel become a value.
class Reader {
 public:
  explicit Reader(const Image& image) : image_(image) {
    const bool integer = image.kind != ChannelKind::Float;
    raw_ = integer && !image.normalized_values;
    if (integer && image.normalized_values) {
      const unsigned bits = 8 * image.channel_bytes - (image.kind == ChannelKind::Signed ? 1 : 0);
      scale_ = static_cast<double>((uint64_t{1} << bits) - 1);
    }
  }

  bool raw() const { return raw_; }  // integers that stay integers

  Color color(const Texel& texel) const {
    Color color{0, 0, 0, scale_};
    for (uint32_t i = 0; i < image_.channels; ++i) color[i] = channel(texel[i], i);
    return color;
  }
  // weight * color(texel) more. The usual formats go without a texel.
  void add(const unsigned char* from, double weight, Color& sum) const {
    if (image_.kind == ChannelKind::Float && image_.channel_bytes == 4) {
      for (uint32_t i = 0; i < image_.channels; ++i) {
        float value;
        std::memcpy(&value, from + 4 * i, sizeof value);
        sum[i] += weight * value;
      }
    } else if (image_.kind == ChannelKind::Unsigned && image_.channel_bytes == 1 && !image_.srgb) {
      for (uint32_t i = 0; i < image_.channels; ++i) sum[i] += weight * from[i];
    } else {
      const Color added = color(load(image_, from));
      for (uint32_t i = 0; i < image_.channels; ++i) sum[i] += weight * added[i];
    }
    if (image_.channels < 4) sum[3] += weight * scale_;
  }
  // A border's colour is given as it is read.
  Color border(const Sampler& sampler) const {
    Color color;
    for (size_t i = 0; i < 4; ++i) color[i] = sampler.border[i] * scale_;
    return color;
  }
  Texel result(const Color& color) const {
    Texel texel;
    for (size_t i = 0; i < 4; ++i) texel[i] = std::bit_cast<uint32_t>(static_cast<float>(color[i] / scale_));
    return texel;
  }
  // Without filtering: floats keep their bits.
  Texel unfiltered(const Texel& texel) const {
    const bool is_float = image_.kind == ChannelKind::Float && image_.channel_bytes == 4;
    if (!raw_ && !is_float) return result(color(texel));
    Texel padded = texel;
    if (image_.channels < 4) padded[3] = raw_ ? 1 : std::bit_cast<uint32_t>(1.0f);
    return padded;
  }

 private:
  double channel(uint32_t bits, uint32_t number) const {
    if (image_.kind == ChannelKind::Float) {
      if (image_.channel_bytes == 2) bits = isa::f32_bits_of_f16(static_cast<uint16_t>(bits));
      return std::bit_cast<float>(bits);
    }
    if (image_.srgb && number < 3) return linear_from_srgb(bits / scale_) * scale_;
    if (image_.kind == ChannelKind::Unsigned) return bits;
    return std::max(static_cast<double>(static_cast<int32_t>(bits)), -scale_);  // -128 reads as -1, like -127
  }

  const Image& image_;
  double scale_ = 1;
  bool raw_ = false;
};

// Very far coordinates, without leaving the range of whole numbers: periods stay whole, outside stays outside.
double bounded(double u, double size, AddressMode mode) {
  constexpr double kFar = 1e12;
  if (std::isnan(u)) return 0;
  if (std::abs(u) < kFar) return u;
  const bool periodic = mode == AddressMode::Wrap || mode == AddressMode::Mirror;
  if (std::isinf(u) || !periodic) return std::copysign(kFar, u);
  return std::fmod(u, 2 * size);
}

// A point of one level: spans of its dimensions, the slice of a layer or face in the third.
struct Footprint {
  std::array<Span, 3> spans{};
  unsigned dimensions = 1;
};

class LevelReader {
 public:
  LevelReader(const Image& image, const Sampler& sampler, const ImageLevel& level)
      : image_(image), level_(level), reader_(image), sampler_(sampler) {}

  Texel nearest_texel(const Footprint& f) const { return reader_.unfiltered(at(f, 0)); }

  Color filtered(const Footprint& f) const {
    Color sum{};
    for (unsigned corner = 0; corner < 1u << f.dimensions; ++corner) {
      double weight = 1;
      for (unsigned d = 0; d < f.dimensions; ++d) {
        weight *= (corner >> d & 1 ? f.spans[d].weight : kWeights - f.spans[d].weight) / kWeights;
      }
      if (weight == 0) continue;
      if (is_border(f, corner)) {
        const Color color = reader_.border(sampler_);
        for (size_t i = 0; i < 4; ++i) sum[i] += weight * color[i];
      } else {
        reader_.add(place(f, corner), weight, sum);
      }
    }
    return sum;
  }

  // Counter-clockwise from the lower left, rows going down (PTX ISA 9.7.10.4).
  Texel gathered(const Footprint& f, unsigned component) const {
    constexpr unsigned kCorners[] = {2, 3, 1, 0};
    Texel texel;
    for (size_t i = 0; i < 4; ++i) {
      texel[i] = is_border(f, kCorners[i]) ? border()[component] : reader_.unfiltered(at(f, kCorners[i]))[component];
    }
    return texel;
  }

  const Reader& reader() const { return reader_; }
  bool is_border(const Footprint& f, unsigned corner) const {
    for (unsigned d = 0; d < 3; ++d) {
      if (element(f, corner, d) == kBorder) return true;
    }
    return false;
  }
  Texel border() const {
    if (!reader_.raw()) return reader_.result(reader_.border(sampler_));
    Texel texel;
    for (size_t i = 0; i < 4; ++i) texel[i] = static_cast<uint32_t>(static_cast<int64_t>(sampler_.border[i]));
    return texel;
  }

 private:
  static int64_t element(const Footprint& f, unsigned corner, unsigned dimension) {
    return corner >> dimension & 1 ? f.spans[dimension].second : f.spans[dimension].first;
  }
  const unsigned char* place(const Footprint& f, unsigned corner) const {
    return place_of_element(image_, level_, {element(f, corner, 0), element(f, corner, 1), element(f, corner, 2)});
  }
  Texel at(const Footprint& f, unsigned corner) const { return load(image_, place(f, corner)); }

  const Image& image_;
  const ImageLevel& level_;
  const Reader reader_;
  const Sampler& sampler_;
};

// Coordinates in [0, 1) or in elements, as they were given.
struct Place {
  std::array<double, 3> x{};
  int64_t slice = 0;
  unsigned dimensions = 1;
  bool normalized = false;
};

// The guide's table of cubemap faces: of the largest coordinate's axis and sign. Where two are equally large z goes
// before y before x.
void project_on_cube(Place& place, int64_t layer) {
  const auto [x, y, z] = place.x;
  const double ax = std::abs(x), ay = std::abs(y), az = std::abs(z);
  double s = 0, t = 0, m = 0;
  int64_t face = 0;
  if (az >= ax && az >= ay) {
    face = z < 0 ? 5 : 4, m = az, s = z < 0 ? -x : x, t = -y;
  } else if (ay >= ax) {
    face = y < 0 ? 3 : 2, m = ay, s = x, t = y < 0 ? -z : z;
  } else {
    face = x < 0 ? 1 : 0, m = ax, s = x < 0 ? z : -z, t = -y;
  }
  place.x = {(s / m + 1) / 2, (t / m + 1) / 2, 0};
  place.slice = 6 * layer + face;
  place.dimensions = 2;
  place.normalized = true;
}

Place place_of(const Image& image, const Sampler& sampler, const TexturePoint& point) {
  Place place;
  place.dimensions = dimensions_of(point.geometry);
  place.normalized = sampler.normalized_coordinates && !point.integer;
  const bool layered = is_layered(point.geometry);
  for (unsigned d = 0; d < place.dimensions; ++d) {
    const uint32_t bits = point.at[d + layered];
    place.x[d] = point.integer ? static_cast<double>(static_cast<int32_t>(bits)) : std::bit_cast<float>(bits);
  }
  const uint32_t layers = std::max<uint32_t>(image.levels[0].slices / (is_cube(point.geometry) ? 6 : 1), 1);
  const int64_t layer = layered ? std::min(point.at[0], layers - 1) : 0;
  if (is_cube(point.geometry)) {
    project_on_cube(place, layer);
  } else {
    place.slice = layer;
  }
  return place;
}

Footprint footprint_of(const ImageLevel& level, const Sampler& sampler, const TexturePoint& point, const Place& place,
                       bool linear) {
  Footprint f;
  f.dimensions = place.dimensions;
  const uint32_t sizes[] = {level.width, level.height, level.slices};
  for (unsigned d = 0; d < place.dimensions; ++d) {
    const double size = sizes[d];
    AddressMode mode = sampler.address[d];
    // Without normalised coordinates there are no periods: the guide's "switched to clamp".
    if (!place.normalized && mode != AddressMode::Border) mode = AddressMode::Clamp;
    const double u = bounded((place.normalized ? place.x[d] * size : place.x[d]) + point.offset[d], size, mode);
    f.spans[d] = linear ? around(u, sizes[d], mode) : nearest(u, sizes[d], mode);
  }
  if (place.dimensions < 3) {
    const int64_t slice = std::min<int64_t>(place.slice, level.slices - 1);
    f.spans[2] = {slice, slice, 0};
  }
  return f;
}

// The largest stretch of an element in either direction, as a level (OpenGL 4.6, 8.14.1).
double gradient_level(const Image& image, const Place& place, const TexturePoint& point) {
  const ImageLevel& base = image.levels[0];
  const double sizes[] = {double(base.width), double(base.height), double(base.slices)};
  double most = 0;
  for (const auto* step : {&point.dx, &point.dy}) {
    double square = 0;
    for (unsigned d = 0; d < place.dimensions; ++d) {
      const double scaled = (*step)[d] * (place.normalized ? sizes[d] : 1);
      square += scaled * scaled;
    }
    most = std::max(most, square);
  }
  return most == 0 ? -1e30 : std::log2(most) / 2;
}

double level_of(const Image& image, const Sampler& sampler, const TexturePoint& point, const Place& place) {
  double lod = 0;
  if (point.lod_mode == LodMode::Level) {
    lod = point.integer ? static_cast<double>(static_cast<int32_t>(point.lod)) : std::bit_cast<float>(point.lod);
    lod += sampler.level_bias;
  } else if (point.lod_mode == LodMode::Gradient) {
    lod = gradient_level(image, place, point) + sampler.level_bias;
  }
  if (std::isnan(lod)) lod = 0;
  if (image.mipmapped) lod = std::max<double>(std::min<double>(lod, sampler.most_level), sampler.least_level);
  lod = std::clamp<double>(lod, 0, static_cast<double>(image.levels.size() - 1));
  return static_cast<double>(whole(lod * kWeights + 0.5)) / kWeights;
}

Texel sample_level(const Image& image, const Sampler& sampler, const TexturePoint& point, const Place& place,
                   size_t number, bool linear) {
  const ImageLevel& level = image.levels[number];
  const LevelReader reader(image, sampler, level);
  const Footprint f = footprint_of(level, sampler, point, place, linear);
  if (point.gather) return reader.gathered(f, point.component);
  if (linear) return reader.reader().result(reader.filtered(f));
  return reader.is_border(f, 0) ? reader.border() : reader.nearest_texel(f);
}

// Two levels, weighted.
Texel blend_levels(const Image& image, const Sampler& sampler, const TexturePoint& point, const Place& place,
                   double lod, bool linear) {
  const auto first = static_cast<size_t>(lod);
  const double weight = lod - static_cast<double>(first);
  Color sum{};
  for (const auto& [number, share] : {std::pair(first, 1 - weight), std::pair(first + 1, weight)}) {
    const ImageLevel& level = image.levels[number];
    const LevelReader reader(image, sampler, level);
    const Color color = reader.filtered(footprint_of(level, sampler, point, place, linear));
    for (size_t i = 0; i < 4; ++i) sum[i] += share * color[i];
  }
  return Reader(image).result(sum);
}

// Elements of linear memory: those outside are zero (cudaTextureDesc: address modes are ignored).
Texel fetch_linear(const Image& image, const TexturePoint& point) {
  const ImageLevel& level = image.levels[0];
  const double x = point.integer ? static_cast<double>(static_cast<int32_t>(point.at[0]))
                                 : std::floor(std::bit_cast<float>(point.at[0]));
  if (!(x + point.offset[0] >= 0 && x + point.offset[0] < level.width)) return {};
  return Reader(image).unfiltered(
      load(image, place_of_element(image, level, {static_cast<int64_t>(x) + point.offset[0], 0, 0})));
}

}  // namespace

const char* sample_texture(const Image& image, const Sampler& sampler, const TexturePoint& point, Texel& texel) {
  if (point.lod_mode == LodMode::Gradient && sampler.anisotropy > 1) return "unsupported: anisotropic filtering";
  if (image.linear_memory && image.dimensions == 1) {
    texel = fetch_linear(image, point);
    return nullptr;
  }
  const Place place = place_of(image, sampler, point);
  const bool raw = Reader(image).raw();
  const bool linear = (sampler.linear && !raw && !point.integer) || point.gather;
  const double lod = level_of(image, sampler, point, place);
  if (sampler.mipmap_linear && !raw && !point.gather && lod != static_cast<double>(whole(lod))) {
    texel = blend_levels(image, sampler, point, place, lod, linear);
  } else {
    texel = sample_level(image, sampler, point, place, static_cast<size_t>(whole(lod + 0.5)), linear);
  }
  return nullptr;
}

}  // namespace qiao::machine
