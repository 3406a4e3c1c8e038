// Integer arithmetic (PTX ISA 9.7.1). Signedness comes from the instruction's type.
#pragma once

#include "src/isa/domain.h"
#include "src/isa/types.h"

namespace qiao::isa::meaning {

template <class V>
V zero_of(V a) {
  return constant(a, 0);
}
template <class V>
V all_ones_of(V a) {
  return constant(a, ~uint64_t{0});
}
template <class V>
V bit_of(V a, unsigned index) {  // a constant with one bit set
  return constant(a, uint64_t{1} << index);
}
template <class V>
V highest_bit_of(V a) {
  return bit_of(a, a.width() - 1);
}
template <class V>
V is_negative(V a) {
  return slt(a, zero_of(a));
}
template <class V>
V extend(Type type, V a, unsigned bits) {  // by the type's sign
  return is_signed(type) ? sext(a, bits) : zext(a, bits);
}

template <class V>
V add_sat(V a, V b) {  // .s32: clamps instead of wrapping
  V sum = a + b;
  V overflow = (a ^ sum) & (b ^ sum);
  V limit = select(is_negative(sum), highest_bit_of(a) - bit_of(a, 0), highest_bit_of(a));
  return select(is_negative(overflow), limit, sum);
}
template <class V>
V sub_sat(V a, V b) {
  V difference = a - b;
  V overflow = (a ^ b) & (a ^ difference);
  V limit = select(is_negative(difference), highest_bit_of(a) - bit_of(a, 0), highest_bit_of(a));
  return select(is_negative(overflow), limit, difference);
}

template <class V>
V mul_hi(Type type, V a, V b) {
  return is_signed(type) ? mul_hi_s(a, b) : mul_hi_u(a, b);
}
template <class V>
V mul_wide(Type type, V a, V b) {
  const unsigned wide = 2 * a.width();
  return extend(type, a, wide) * extend(type, b, wide);
}
template <class V>
V mad_hi_sat(V a, V b, V c) {  // .s32
  return add_sat(mul_hi_s(a, b), c);
}

// mul24: the low 24 bits of each operand, as a signed or unsigned number; t = a * b has 48 bits.
template <class V>
V product24(Type type, V a, V b) {
  V amount = constant(a, 8);
  V x = shl_clamp(a, amount);
  V y = shl_clamp(b, amount);
  x = is_signed(type) ? ashr_clamp(x, amount) : lshr_clamp(x, amount);
  y = is_signed(type) ? ashr_clamp(y, amount) : lshr_clamp(y, amount);
  return mul_wide(type, x, y);
}
template <class V>
V mul24_lo(Type type, V a, V b) {
  return trunc(product24(type, a, b), 32);
}
template <class V>
V mul24_hi(Type type, V a, V b) {  // t<47..16>
  V product = product24(type, a, b);
  return trunc(lshr_clamp(product, constant(product, 16)), 32);
}

template <class V>
V div(Type type, V a, V b) {
  return is_signed(type) ? sdiv_total(a, b) : udiv_total(a, b);
}
template <class V>
V rem(Type type, V a, V b) {
  return is_signed(type) ? srem_total(a, b) : urem_total(a, b);
}
template <class V>
V abs(V a) {
  return select(is_negative(a), -a, a);
}
template <class V>
V min(Type type, V a, V b) {
  return select(is_signed(type) ? slt(a, b) : ult(a, b), a, b);
}
template <class V>
V max(Type type, V a, V b) {
  return select(is_signed(type) ? sgt(a, b) : ugt(a, b), a, b);
}
template <class V>
V relu_if(bool relu, V a) {  // .relu clamps a negative signed result to 0
  return relu ? select(is_negative(a), zero_of(a), a) : a;
}
template <class V>
V sad(Type type, V a, V b, V c) {  // c + |a - b|
  V less = is_signed(type) ? slt(a, b) : ult(a, b);
  return c + select(less, b - a, a - b);
}

// Dot products of bytes: `a` holds four elements (dp4a) or two 16-bit ones (dp2a), `b` four bytes.
template <class V>
V element(Type type, V a, unsigned position, unsigned width) {  // sign- or zero-extended to 32 bits
  V high = shl_clamp(a, constant(a, 32 - position - width));
  V amount = constant(a, 32 - width);
  return is_signed(type) ? ashr_clamp(high, amount) : lshr_clamp(high, amount);
}
template <class V>
V dp4a(Type a_type, Type b_type, V a, V b, V c) {
  V sum = c;
  for (unsigned i = 0; i < 4; ++i) sum = sum + element(a_type, a, 8 * i, 8) * element(b_type, b, 8 * i, 8);
  return sum;
}
template <class V>
V dp2a(Type a_type, Type b_type, bool high_half, V a, V b, V c) {
  const unsigned select_byte = high_half ? 2 : 0;
  V sum = c;
  for (unsigned i = 0; i < 2; ++i) {
    sum = sum + element(a_type, a, 16 * i, 16) * element(b_type, b, 8 * (select_byte + i), 8);
  }
  return sum;
}

}  // namespace qiao::isa::meaning
