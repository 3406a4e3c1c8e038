// The primitives of HostValue. Integers are exact by construction; floats are the host's IEEE operations in round to
// nearest (the caller has loaded the default floating-point environment: FloatEnvironment in pure_functions.h).
#include "src/isa/host_value.h"

#include <cmath>
#include <limits>

#include "src/isa/half_bits.h"
#include "src/isa/pure_functions.h"

namespace qiao::isa {
namespace {

template <class Operation>
HostValue float_result(HostValue a, Operation operation) {
  return a.width() == 32 ? host_f32(operation(as_f32(a))) : host_f64(operation(as_f64(a)));
}

template <class Operation>
HostValue float_result(HostValue a, HostValue b, Operation operation) {
  return a.width() == 32 ? host_f32(operation(as_f32(a), as_f32(b))) : host_f64(operation(as_f64(a), as_f64(b)));
}

template <class Operation>
HostValue float_test(HostValue a, HostValue b, Operation operation) {
  return host_bool(a.width() == 32 ? operation(as_f32(a), as_f32(b)) : operation(as_f64(a), as_f64(b)));
}

double widened(HostValue a) {
  return a.width() == 32 ? as_f32(a) : as_f64(a);
}

HostValue all_ones(HostValue a) {
  return constant(a, ~uint64_t{0});
}
bool overflows(HostValue a, HostValue b) {  // INT_MIN / -1
  return b == all_ones(b) && a.bits() == uint64_t{1} << (a.width() - 1);
}

}  // namespace

HostValue udiv_total(HostValue a, HostValue b) {
  return b.bits() == 0 ? all_ones(a) : constant(a, a.bits() / b.bits());
}

HostValue sdiv_total(HostValue a, HostValue b) {
  if (b.bits() == 0) return all_ones(a);
  if (overflows(a, b)) return a;
  return constant(a, static_cast<uint64_t>(a.signed_bits() / b.signed_bits()));
}

HostValue urem_total(HostValue a, HostValue b) {
  return b.bits() == 0 ? a : constant(a, a.bits() % b.bits());
}

HostValue srem_total(HostValue a, HostValue b) {
  if (b.bits() == 0) return a;
  if (overflows(a, b)) return constant(a, 0);
  return constant(a, static_cast<uint64_t>(a.signed_bits() % b.signed_bits()));
}

HostValue shl_clamp(HostValue a, HostValue n) {
  return constant(a, n.bits() >= a.width() ? 0 : a.bits() << n.bits());
}

HostValue lshr_clamp(HostValue a, HostValue n) {
  return constant(a, n.bits() >= a.width() ? 0 : a.bits() >> n.bits());
}

HostValue ashr_clamp(HostValue a, HostValue n) {
  const uint64_t amount = n.bits() >= a.width() ? a.width() - 1 : n.bits();
  return constant(a, static_cast<uint64_t>(a.signed_bits() >> amount));
}

HostValue mul_hi_u(HostValue a, HostValue b) {
  return constant(a, static_cast<uint64_t>(static_cast<unsigned __int128>(a.bits()) * b.bits() >> a.width()));
}

HostValue mul_hi_s(HostValue a, HostValue b) {
  return constant(a, static_cast<uint64_t>(static_cast<__int128>(a.signed_bits()) * b.signed_bits() >> a.width()));
}

HostValue popc(HostValue a) {
  return constant(a, std::popcount(a.bits()));
}
HostValue clz(HostValue a) {
  return constant(a, std::countl_zero(a.bits()) - (64 - a.width()));
}

HostValue bitreverse(HostValue a) {
  uint64_t reversed = 0;
  for (unsigned i = 0; i < a.width(); ++i) reversed |= (a.bits() >> i & 1) << (a.width() - 1 - i);
  return constant(a, reversed);
}

HostValue byteswap(HostValue a) {
  return constant(a, __builtin_bswap64(a.bits()) >> (64 - a.width()));
}

HostValue fshl(HostValue hi, HostValue lo, HostValue n) {
  const uint64_t amount = n.bits() % hi.width();
  if (amount == 0) return hi;
  return constant(hi, hi.bits() << amount | lo.bits() >> (hi.width() - amount));
}

HostValue fshr(HostValue hi, HostValue lo, HostValue n) {
  const uint64_t amount = n.bits() % hi.width();
  if (amount == 0) return lo;
  return constant(hi, hi.bits() << (hi.width() - amount) | lo.bits() >> amount);
}

// clang-format off
HostValue fadd(HostValue a, HostValue b) { return float_result(a, b, [](auto x, auto y) { return x + y; }); }
HostValue fsub(HostValue a, HostValue b) { return float_result(a, b, [](auto x, auto y) { return x - y; }); }
HostValue fmul(HostValue a, HostValue b) { return float_result(a, b, [](auto x, auto y) { return x * y; }); }
HostValue fdiv(HostValue a, HostValue b) { return float_result(a, b, [](auto x, auto y) { return x / y; }); }
HostValue fma(HostValue a, HostValue b, HostValue c) {
  return a.width() == 32 ? host_f32(std::fma(as_f32(a), as_f32(b), as_f32(c)))
                         : host_f64(std::fma(as_f64(a), as_f64(b), as_f64(c)));
}
HostValue fsqrt(HostValue a) { return float_result(a, [](auto x) { return std::sqrt(x); }); }

HostValue feq(HostValue a, HostValue b) { return float_test(a, b, [](auto x, auto y) { return x == y; }); }
HostValue flt(HostValue a, HostValue b) { return float_test(a, b, [](auto x, auto y) { return x < y; }); }
HostValue fle(HostValue a, HostValue b) { return float_test(a, b, [](auto x, auto y) { return x <= y; }); }
HostValue fgt(HostValue a, HostValue b) { return flt(b, a); }
HostValue fge(HostValue a, HostValue b) { return fle(b, a); }
HostValue funordered(HostValue a, HostValue b) {
  return float_test(a, b, [](auto x, auto y) { return std::isunordered(x, y); });
}

HostValue fround_even(HostValue a) { return float_result(a, [](auto x) { return std::nearbyint(x); }); }
HostValue fround_zero(HostValue a) { return float_result(a, [](auto x) { return std::trunc(x); }); }
HostValue fround_down(HostValue a) { return float_result(a, [](auto x) { return std::floor(x); }); }
HostValue fround_up(HostValue a) { return float_result(a, [](auto x) { return std::ceil(x); }); }
// clang-format on

HostValue fp_resize(HostValue a, unsigned bits) {
  if (a.width() == bits) return a;
  if (a.width() == 16) return {32, f32_bits_of_f16(static_cast<uint16_t>(a.bits()))};
  if (bits == 16) return {16, f16_bits_of_f32(static_cast<uint32_t>(a.bits()), Rounding::NearestEven)};
  return bits == 64 ? host_f64(as_f32(a)) : host_f32(static_cast<float>(as_f64(a)));
}

HostValue fp_to_uint(HostValue a, unsigned bits) {
  const double value = widened(a);
  if (!(value > -1.0)) return {bits, 0};  // NaN too
  if (value >= std::ldexp(1.0, static_cast<int>(bits))) return {bits, ~uint64_t{0}};
  return {bits, value < 1.0 ? 0 : static_cast<uint64_t>(value)};
}

HostValue fp_to_sint(HostValue a, unsigned bits) {
  const double value = widened(a);
  const double limit = std::ldexp(1.0, static_cast<int>(bits) - 1);
  if (std::isnan(value)) return {bits, 0};
  if (value >= limit) return {bits, HostValue::mask(bits) >> 1};
  if (value <= -limit) return {bits, uint64_t{1} << (bits - 1)};
  return {bits, static_cast<uint64_t>(static_cast<int64_t>(value))};
}

HostValue uint_to_fp(HostValue a, unsigned bits) {
  return bits == 32 ? host_f32(static_cast<float>(a.bits())) : host_f64(static_cast<double>(a.bits()));
}

HostValue sint_to_fp(HostValue a, unsigned bits) {
  return bits == 32 ? host_f32(static_cast<float>(a.signed_bits())) : host_f64(static_cast<double>(a.signed_bits()));
}

HostValue host_call(Pure function, std::initializer_list<HostValue> arguments) {
  uint64_t words[4] = {};
  unsigned count = 0;
  for (HostValue argument : arguments) words[count++] = argument.bits();
  return {signature_of(function).result_bits, call_pure(function, words)};
}

}  // namespace qiao::isa
