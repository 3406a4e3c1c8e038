// HostValue: the value domain (domain.h) of plain host integers. The interpreter, constant folding and the tests run
// the meanings on it.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>

#include "src/isa/domain.h"

namespace qiao::isa {

class HostValue {
 public:
  constexpr HostValue() = default;
  constexpr HostValue(unsigned width, uint64_t bits) : bits_(bits & mask(width)), width_(static_cast<uint8_t>(width)) {}

  constexpr unsigned width() const { return width_; }
  constexpr uint64_t bits() const { return bits_; }
  constexpr int64_t signed_bits() const {
    const unsigned unused = 64 - width_;
    return unused == 64 ? 0 : static_cast<int64_t>(bits_ << unused) >> unused;
  }
  constexpr bool is_true() const { return bits_ & 1; }
  constexpr bool operator==(const HostValue&) const = default;

  static constexpr uint64_t mask(unsigned width) { return width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1; }

 private:
  uint64_t bits_ = 0;
  uint8_t width_ = 0;
};

// clang-format off
inline HostValue host_bool(bool value) { return {1, value}; }
inline HostValue host_f32(float value) { return {32, std::bit_cast<uint32_t>(value)}; }
inline HostValue host_f64(double value) { return {64, std::bit_cast<uint64_t>(value)}; }
inline float as_f32(HostValue a) { return std::bit_cast<float>(static_cast<uint32_t>(a.bits())); }
inline double as_f64(HostValue a) { return std::bit_cast<double>(a.bits()); }

inline HostValue constant(HostValue a, uint64_t value) { return {a.width(), value}; }
inline HostValue constant_of_width(HostValue, unsigned bits, uint64_t value) { return {bits, value}; }

inline HostValue operator+(HostValue a, HostValue b) { return {a.width(), a.bits() + b.bits()}; }
inline HostValue operator-(HostValue a, HostValue b) { return {a.width(), a.bits() - b.bits()}; }
inline HostValue operator*(HostValue a, HostValue b) { return {a.width(), a.bits() * b.bits()}; }
inline HostValue operator&(HostValue a, HostValue b) { return {a.width(), a.bits() & b.bits()}; }
inline HostValue operator|(HostValue a, HostValue b) { return {a.width(), a.bits() | b.bits()}; }
inline HostValue operator^(HostValue a, HostValue b) { return {a.width(), a.bits() ^ b.bits()}; }
inline HostValue operator~(HostValue a) { return {a.width(), ~a.bits()}; }
inline HostValue operator-(HostValue a) { return {a.width(), 0 - a.bits()}; }
// clang-format on

HostValue udiv_total(HostValue a, HostValue b);
HostValue sdiv_total(HostValue a, HostValue b);
HostValue urem_total(HostValue a, HostValue b);
HostValue srem_total(HostValue a, HostValue b);
HostValue shl_clamp(HostValue a, HostValue n);
HostValue lshr_clamp(HostValue a, HostValue n);
HostValue ashr_clamp(HostValue a, HostValue n);
HostValue mul_hi_u(HostValue a, HostValue b);
HostValue mul_hi_s(HostValue a, HostValue b);

// clang-format off
inline HostValue eq(HostValue a, HostValue b) { return host_bool(a.bits() == b.bits()); }
inline HostValue ne(HostValue a, HostValue b) { return host_bool(a.bits() != b.bits()); }
inline HostValue ult(HostValue a, HostValue b) { return host_bool(a.bits() < b.bits()); }
inline HostValue ule(HostValue a, HostValue b) { return host_bool(a.bits() <= b.bits()); }
inline HostValue ugt(HostValue a, HostValue b) { return host_bool(a.bits() > b.bits()); }
inline HostValue uge(HostValue a, HostValue b) { return host_bool(a.bits() >= b.bits()); }
inline HostValue slt(HostValue a, HostValue b) { return host_bool(a.signed_bits() < b.signed_bits()); }
inline HostValue sle(HostValue a, HostValue b) { return host_bool(a.signed_bits() <= b.signed_bits()); }
inline HostValue sgt(HostValue a, HostValue b) { return host_bool(a.signed_bits() > b.signed_bits()); }
inline HostValue sge(HostValue a, HostValue b) { return host_bool(a.signed_bits() >= b.signed_bits()); }

inline HostValue select(HostValue p, HostValue a, HostValue b) { return p.is_true() ? a : b; }
inline HostValue zext(HostValue a, unsigned bits) { return {bits, a.bits()}; }
inline HostValue sext(HostValue a, unsigned bits) { return {bits, static_cast<uint64_t>(a.signed_bits())}; }
inline HostValue trunc(HostValue a, unsigned bits) { return {bits, a.bits()}; }
inline HostValue resize_u(HostValue a, unsigned bits) { return {bits, a.bits()}; }
inline HostValue resize_s(HostValue a, unsigned bits) { return {bits, static_cast<uint64_t>(a.signed_bits())}; }
// clang-format on

HostValue popc(HostValue a);
HostValue clz(HostValue a);
HostValue bitreverse(HostValue a);
HostValue byteswap(HostValue a);
HostValue fshl(HostValue hi, HostValue lo, HostValue n);
HostValue fshr(HostValue hi, HostValue lo, HostValue n);

HostValue fadd(HostValue a, HostValue b);
HostValue fsub(HostValue a, HostValue b);
HostValue fmul(HostValue a, HostValue b);
HostValue fdiv(HostValue a, HostValue b);
HostValue fma(HostValue a, HostValue b, HostValue c);
HostValue fsqrt(HostValue a);
HostValue feq(HostValue a, HostValue b);
HostValue flt(HostValue a, HostValue b);
HostValue fle(HostValue a, HostValue b);
HostValue fgt(HostValue a, HostValue b);
HostValue fge(HostValue a, HostValue b);
HostValue funordered(HostValue a, HostValue b);
HostValue fround_even(HostValue a);
HostValue fround_zero(HostValue a);
HostValue fround_down(HostValue a);
HostValue fround_up(HostValue a);
HostValue fp_resize(HostValue a, unsigned bits);
HostValue fp_to_uint(HostValue a, unsigned bits);
HostValue fp_to_sint(HostValue a, unsigned bits);
HostValue uint_to_fp(HostValue a, unsigned bits);
HostValue sint_to_fp(HostValue a, unsigned bits);
HostValue host_call(Pure function, std::initializer_list<HostValue> arguments);

}  // namespace qiao::isa
