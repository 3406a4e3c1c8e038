// The types of matrix elements that are narrower than what is computed in: their widening, which is exact, and their
// rounding, once, to nearest even (fp8 clamps to its greatest number, as the chip's conversions for cuBLAS do).
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>

namespace qiao::blas {

// Complex ones are pairs.
enum class Element : uint8_t { F16, BF16, F32, F64, I8, I32, E4M3, E5M2, C8I, C32F, C64F };

constexpr size_t size_of(Element type) {
  switch (type) {
    case Element::I8:
    case Element::E4M3:
    case Element::E5M2:
      return 1;
    case Element::F16:
    case Element::BF16:
    case Element::C8I:
      return 2;
    case Element::F32:
    case Element::I32:
      return 4;
    case Element::F64:
    case Element::C32F:
      return 8;
    case Element::C64F:
      return 16;
  }
  return 0;
}

float from_half(uint16_t bits);
uint16_t to_half(float value);
float from_bfloat(uint16_t bits);
uint16_t to_bfloat(float value);
float from_e4m3(uint8_t bits);
uint8_t to_e4m3(float value);
float from_e5m2(uint8_t bits);
uint8_t to_e5m2(float value);

// The type that holds A exactly; computing in it, elements of that type are used where they lie.
template <class A>
inline constexpr Element element_of = Element::F32;
template <>
inline constexpr Element element_of<double> = Element::F64;
template <>
inline constexpr Element element_of<int32_t> = Element::I32;
template <>
inline constexpr Element element_of<std::complex<float>> = Element::C32F;
template <>
inline constexpr Element element_of<std::complex<double>> = Element::C64F;

// Every `inc`th element from `from` on. Instantiated for float, double, int32_t and the complex types; a type which A
// cannot hold reads as NaN (the callers have refused it).
template <class A>
void load(Element type, const void* from, int64_t inc, int64_t count, A* to);
template <class A>
void store(Element type, const A* from, int64_t count, void* to, int64_t inc);

// The element at `index`.
inline const void* element_at(Element type, const void* base, int64_t index) {
  return static_cast<const char*>(base) + index * int64_t(size_of(type));
}
inline void* element_at(Element type, void* base, int64_t index) {
  return static_cast<char*>(base) + index * int64_t(size_of(type));
}

}  // namespace qiao::blas
