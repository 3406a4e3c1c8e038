// Where coordinates lead in one dimension of a texture; shared by the general and the quick form of the sampler.
#pragma once

#include <algorithm>
#include <cstdint>

#include "src/hal/image.h"

namespace qiao::machine {

inline constexpr int64_t kBorder = -1;
inline constexpr double kWeights = 256;  // steps of a weight

// floor() of what fits; a call of the C library where the host's instruction set is the oldest.
inline int64_t whole(double value) {
  const auto cut = static_cast<int64_t>(value);
  return cut - (value < static_cast<double>(cut));
}

inline int64_t modulo(int64_t value, int64_t period) {
  const int64_t rest = value % period;
  return rest < 0 ? rest + period : rest;
}

// The element that stands for index `i`, or kBorder.
inline int64_t resolve(int64_t i, int64_t size, hal::AddressMode mode) {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case hal::AddressMode::Wrap:
      return modulo(i, size);
    case hal::AddressMode::Mirror: {
      const int64_t place = modulo(i, 2 * size);
      return place < size ? place : 2 * size - 1 - place;
    }
    case hal::AddressMode::Clamp:
      return std::clamp<int64_t>(i, 0, size - 1);
    case hal::AddressMode::Border:
      break;
  }
  return kBorder;
}

// Where a point falls in one dimension: two elements and the second one's share in 256ths.
struct Span {
  int64_t first = 0, second = 0;
  double weight = 0;
};

inline Span around(double u, int64_t size, hal::AddressMode mode) {
  const int64_t place = whole((u - 0.5) * kWeights + 0.5);
  const int64_t i = place >> 8;
  return {resolve(i, size, mode), resolve(i + 1, size, mode), static_cast<double>(place & 255)};
}

inline Span nearest(double u, int64_t size, hal::AddressMode mode) {
  int64_t at = 0;
  if (mode == hal::AddressMode::Mirror) {
    // x becomes 1 - frac(x) where floor(x) is odd (and N must not come out).
    const double period = 2 * static_cast<double>(size);
    double place = u - period * static_cast<double>(whole(u / period));
    if (place >= static_cast<double>(size)) place = period - place;
    at = std::clamp<int64_t>(whole(place), 0, size - 1);
  } else {
    at = resolve(whole(u), size, mode);
  }
  return {at, at, 0};
}

}  // namespace qiao::machine
