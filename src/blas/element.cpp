#include "src/blas/element.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace qiao::blas {

float from_half(uint16_t bits) {
  constexpr uint32_t kShift = 13;
  const uint32_t magnitude = uint32_t(bits & 0x7fff) << kShift, sign = uint32_t(bits & 0x8000) << 16;
  // Scaling by 2^112 moves the exponent's bias, and makes subnormals right as well.
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112f;
  const uint32_t special = magnitude | 0x7f800000;
  return std::bit_cast<float>((magnitude >= 0x0f800000 ? special : std::bit_cast<uint32_t>(scaled)) | sign);
}

uint16_t to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  uint32_t made = 0;
  if (magnitude > 0x7f800000) {
    made = 0x7e00 | (magnitude >> 13 & 0x1ff);
  } else if (magnitude >= 0x477ff000) {
    made = 0x7c00;
  } else if (magnitude >= 0x38800000) {
    made = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
  } else {
    // The addition rounds at the subnormals' last place.
    made = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000;
  }
  return uint16_t(made | sign);
}

float from_bfloat(uint16_t bits) {
  return std::bit_cast<float>(uint32_t(bits) << 16);
}

uint16_t to_bfloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// E5M2 is the upper half of a half.
float from_e5m2(uint8_t bits) {
  return from_half(uint16_t(bits << 8));
}

namespace {

// Round to `mantissa` bits with the least exponent `least`, clamped to `greatest`; NaN stays.
float rounded(float value, int mantissa, int least, float greatest) {
  if (std::isnan(value)) return value;
  if (std::fabs(value) >= greatest) return std::copysign(greatest, value);
  int exponent = 0;
  std::frexp(value, &exponent);
  const float unit = std::ldexp(1.0f, std::max(exponent - 1, least) - mantissa);
  return std::copysign(std::min(std::nearbyint(std::fabs(value) / unit) * unit, greatest), value);
}

}  // namespace

uint8_t to_e5m2(float value) {
  constexpr float kGreatest = 57344;
  if (std::isnan(value)) return 0x7f;
  return uint8_t(to_half(rounded(value, 2, -14, kGreatest)) >> 8);
}

float from_e4m3(uint8_t bits) {
  const int exponent = bits >> 3 & 15, mantissa = bits & 7;
  if ((bits & 0x7f) == 0x7f) return std::numeric_limits<float>::quiet_NaN();
  const float magnitude =
      exponent ? std::ldexp(1.0f + float(mantissa) / 8, exponent - 7) : std::ldexp(float(mantissa), -9);
  return bits & 0x80 ? -magnitude : magnitude;
}

uint8_t to_e4m3(float value) {
  constexpr float kGreatest = 448;
  if (std::isnan(value)) return 0x7f;
  const float exact = std::fabs(rounded(value, 3, -6, kGreatest));
  const uint8_t sign = std::signbit(value) ? 0x80 : 0;
  if (exact < 0x1p-6f) return uint8_t(sign | uint8_t(exact * 0x1p9f));
  int exponent = 0;
  const float fraction = std::frexp(exact, &exponent);  // in [0.5, 1)
  return uint8_t(sign | (exponent - 1 + 7) << 3 | (int(fraction * 16) & 7));
}

namespace {

const std::array<float, 256>& table_of(Element type) {
  static const auto made = [] {
    std::array<std::array<float, 256>, 2> tables{};
    for (int i = 0; i < 256; ++i) {
      tables[0][size_t(i)] = from_e4m3(uint8_t(i));
      tables[1][size_t(i)] = from_e5m2(uint8_t(i));
    }
    return tables;
  }();
  return made[type == Element::E5M2];
}

// What one number of the type is, by value; complex types are pairs of these.
template <class From, class F, class A>
void convert(const void* from, int64_t inc, int64_t count, A* to, F one) {
  const auto* at = static_cast<const From*>(from);
  if (inc == 1) {
    for (int64_t i = 0; i < count; ++i) to[i] = A(one(at[i]));
  } else {
    for (int64_t i = 0; i < count; ++i) to[i] = A(one(at[i * inc]));
  }
}

#if defined(__x86_64__)
[[gnu::target("avx,f16c")]] int64_t halves(const uint16_t* from, int64_t count, float* to) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i))));
  }
  return i;
}
[[gnu::target("avx,f16c")]] int64_t halves(const float* from, int64_t count, uint16_t* to) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i made = _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), made);
  }
  return i;
}
const bool has_f16c = __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c");
#else
int64_t halves(const void*, int64_t, void*) {
  return 0;
}
constexpr bool has_f16c = false;
#endif

// Real numbers into float or double.
template <class A>
void load_real(Element type, const void* from, int64_t inc, int64_t count, A* to) {
  switch (type) {
    case Element::F16: {
      int64_t done = 0;
      if constexpr (std::is_same_v<A, float>) {
        if (inc == 1 && has_f16c) done = halves(static_cast<const uint16_t*>(from), count, to);
      }
      return convert<uint16_t>(element_at(type, from, done), inc, count - done, to + done, from_half);
    }
    case Element::BF16:
      return convert<uint16_t>(from, inc, count, to, [](uint16_t bits) { return from_bfloat(bits); });
    case Element::F32:
      return convert<float>(from, inc, count, to, [](float value) { return value; });
    case Element::F64:
      return convert<double>(from, inc, count, to, [](double value) { return value; });
    case Element::I8:
      return convert<int8_t>(from, inc, count, to, [](int8_t value) { return value; });
    case Element::I32:
      return convert<int32_t>(from, inc, count, to, [](int32_t value) { return value; });
    case Element::E4M3:
    case Element::E5M2:
      return convert<uint8_t>(from, inc, count, to, [&table = table_of(type)](uint8_t bits) { return table[bits]; });
    default:
      std::fill_n(to, count, std::numeric_limits<A>::quiet_NaN());
  }
}

template <class A>
void store_real(Element type, const A* from, int64_t count, void* to, int64_t inc) {
  const auto put = [&](auto* at, auto one) {
    for (int64_t i = 0; i < count; ++i) at[i * inc] = one(from[i]);
  };
  switch (type) {
    case Element::F16: {
      int64_t done = 0;
      if constexpr (std::is_same_v<A, float>) {
        if (inc == 1 && has_f16c) done = halves(from, count, static_cast<uint16_t*>(to));
      }
      for (int64_t i = done; i < count; ++i) static_cast<uint16_t*>(to)[i * inc] = to_half(float(from[i]));
      return;
    }
    case Element::BF16:
      return put(static_cast<uint16_t*>(to), [](A value) { return to_bfloat(float(value)); });
    case Element::F32:
      return put(static_cast<float*>(to), [](A value) { return float(value); });
    case Element::F64:
      return put(static_cast<double*>(to), [](A value) { return double(value); });
    case Element::I8:  // saturates
      return put(static_cast<int8_t*>(to), [](A value) {
        return int8_t(std::isnan(value) ? A(0) : std::clamp(std::nearbyint(value), A(-128), A(127)));
      });
    case Element::I32:
      return put(static_cast<int32_t*>(to), [](A value) { return int32_t(value); });
    case Element::E4M3:
      return put(static_cast<uint8_t*>(to), [](A value) { return to_e4m3(float(value)); });
    case Element::E5M2:
      return put(static_cast<uint8_t*>(to), [](A value) { return to_e5m2(float(value)); });
    default:
      return;
  }
}

// The numbers that a complex type is a pair of.
Element part_of(Element type) {
  switch (type) {
    case Element::C8I:
      return Element::I8;
    case Element::C32F:
      return Element::F32;
    default:
      return Element::F64;
  }
}

}  // namespace

template <class A>
void load(Element type, const void* from, int64_t inc, int64_t count, A* to) {
  if constexpr (std::is_same_v<A, int32_t>) {
    if (type == Element::I8) return convert<int8_t>(from, inc, count, to, [](int8_t value) { return value; });
    return convert<int32_t>(from, inc, count, to, [](int32_t value) { return value; });
  } else if constexpr (std::is_floating_point_v<A>) {
    load_real(type, from, inc, count, to);
  } else {
    using R = typename A::value_type;
    auto* parts = reinterpret_cast<R*>(to);
    const Element part = part_of(type);
    if (inc == 1) return load_real(part, from, 1, 2 * count, parts);
    for (int64_t i = 0; i < count; ++i) load_real(part, element_at(type, from, i * inc), 1, 2, parts + 2 * i);
  }
}

template <class A>
void store(Element type, const A* from, int64_t count, void* to, int64_t inc) {
  if constexpr (std::is_same_v<A, int32_t>) {
    for (int64_t i = 0; i < count; ++i) {
      if (type == Element::I8)
        static_cast<int8_t*>(to)[i * inc] = int8_t(std::clamp(from[i], -128, 127));
      else
        static_cast<int32_t*>(to)[i * inc] = from[i];
    }
  } else if constexpr (std::is_floating_point_v<A>) {
    store_real(type, from, count, to, inc);
  } else {
    using R = typename A::value_type;
    const auto* parts = reinterpret_cast<const R*>(from);
    const Element part = part_of(type);
    if (inc == 1) return store_real(part, parts, 2 * count, to, 1);
    for (int64_t i = 0; i < count; ++i) store_real(part, parts + 2 * i, 2, element_at(type, to, i * inc), 1);
  }
}

#define QIAO_ELEMENT(A)                                           \
  template void load(Element, const void*, int64_t, int64_t, A*); \
  template void store(Element, const A*, int64_t, void*, int64_t);
QIAO_ELEMENT(float)
QIAO_ELEMENT(double)
QIAO_ELEMENT(int32_t)
QIAO_ELEMENT(std::complex<float>)
QIAO_ELEMENT(std::complex<double>)
#undef QIAO_ELEMENT

}  // namespace qiao::blas
