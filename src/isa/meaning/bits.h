// Bit fields, counts, logic and shifts (PTX ISA 9.7.1.14 to 9.7.1.22, 9.7.8, prmt).
#pragma once

#include "src/isa/meaning/integer.h"

namespace qiao::isa::meaning {

// Shift amounts are 32-bit whatever the width of the shifted value; amounts beyond the width are clamped to it.
template <class V>
V shift_amount(V a, V amount) {
  if (amount.width() <= a.width()) return zext(amount, a.width());
  V limit = constant(amount, a.width());
  return trunc(select(ult(amount, limit), amount, limit), a.width());
}
template <class V>
V shl(V a, V b) {
  return shl_clamp(a, shift_amount(a, b));
}
template <class V>
V shr(Type type, V a, V b) {
  return is_signed(type) ? ashr_clamp(a, shift_amount(a, b)) : lshr_clamp(a, shift_amount(a, b));
}

// shf: the 64-bit value {b, a} shifted by n = c clamped to 32 or modulo 32.
// Shifted by 32, one half takes the place of the other.
template <class V>
V shf_l(bool clamp, V a, V b, V c) {  // the upper 32 bits after a left shift
  V shifted = fshl(b, a, c);
  return clamp ? select(ult(c, constant(c, 32)), shifted, a) : shifted;
}
template <class V>
V shf_r(bool clamp, V a, V b, V c) {  // the lower 32 bits after a right shift
  V shifted = fshr(b, a, c);
  return clamp ? select(ult(c, constant(c, 32)), shifted, b) : shifted;
}

template <class V>
V cnot(V a) {
  return zext(eq(a, zero_of(a)), a.width());
}

// lop3: bit (4a + 2b + c) of the table, per bit position.
template <class V>
V lop3(V a, V b, V c, V table) {
  V result = zero_of(a);
  for (unsigned i = 0; i < 8; ++i) {
    V term = (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
    V in_table = trunc(lshr_clamp(table, constant(table, i)), 1);
    result = result | (sext(in_table, a.width()) & term);
  }
  return result;
}

template <class V>
V popc_u32(V a) {  // d is .u32 for .b64 too
  return trunc(popc(a), 32);
}
template <class V>
V clz_u32(V a) {
  return trunc(clz(a), 32);
}

template <class V>
V bfind(Type type, bool shift_amount, V a) {
  V magnitude = is_signed(type) ? select(is_negative(a), ~a, a) : a;
  V leading = trunc(clz(magnitude), 32);
  V found = shift_amount ? leading : constant(leading, a.width() - 1) - leading;
  return select(eq(magnitude, zero_of(a)), all_ones_of(found), found);
}

// fns: the offset-th set bit of mask from base upwards (offset > 0) or downwards (< 0); offset 0 asks for base itself.
template <class V>
V fns(V mask, V base, V offset) {
  V down = is_negative(offset);
  V from = select(down, constant(base, 31) - base, base);  // mirrored, so that the search always goes up
  V bits = select(down, bitreverse(mask), mask);
  V wanted = select(down, -offset, offset);
  V candidates = bits & shl_clamp(all_ones_of(bits), from);
  V result = all_ones_of(mask);
  V seen = zero_of(mask);
  for (unsigned i = 0; i < 32; ++i) {
    V bit = lshr_clamp(candidates, constant(mask, i)) & constant(mask, 1);
    seen = seen + bit;
    V hit = ne(bit, zero_of(bit)) & eq(seen, wanted);
    result = select(hit, select(down, constant(mask, 31 - i), constant(mask, i)), result);
  }
  V at_base = lshr_clamp(mask, base) & constant(mask, 1);
  V exact = select(ne(at_base, zero_of(mask)), base, all_ones_of(mask));
  return select(eq(offset, zero_of(offset)), exact, result);
}

// bfe: bits [pos, pos+len) of a, extended by the field's sign bit; beyond the msb the sign bit of a repeats.
template <class V>
V bfe(Type type, V a, V b, V c) {
  V pos = zext(b & constant(b, 0xff), a.width());
  V len = zext(c & constant(c, 0xff), a.width());
  V width = constant(a, a.width());
  if (!is_signed(type)) {
    V field_mask = ~shl_clamp(all_ones_of(a), len);
    return lshr_clamp(a, pos) & field_mask;
  }
  V shifted = ashr_clamp(a, pos);
  V unused = select(ult(len, width), width - len, zero_of(a));
  V field = ashr_clamp(shl_clamp(shifted, unused), unused);
  return select(eq(len, zero_of(len)), zero_of(a), field);
}

// bfi: the low len bits of a, inserted into b at pos; what would go beyond the msb is dropped.
template <class V>
V bfi(V a, V b, V c, V d) {
  V pos = zext(c & constant(c, 0xff), a.width());
  V len = zext(d & constant(d, 0xff), a.width());
  V field_mask = shl_clamp(~shl_clamp(all_ones_of(a), len), pos);
  return (b & ~field_mask) | (shl_clamp(a, pos) & field_mask);
}

template <class V>
V szext(Type type, bool clamp, V a, V b) {
  V n = b & constant(b, 31);
  V mask = shl_clamp(all_ones_of(a), n);
  V sign_position = (n - constant(n, 1)) & constant(n, 31);
  V sign = trunc(lshr_clamp(a, sign_position), 1) & ne(n, zero_of(n));
  V extended = a & ~mask;
  if (is_signed(type)) extended = select(sign, extended | mask, extended);
  return clamp ? select(uge(b, constant(b, 32)), a, extended) : extended;
}

template <class V>
V bmsk(bool clamp, V a, V b) {  // ones in [a, a+b)
  V position = clamp ? a : a & constant(a, 31);
  V length = clamp ? b : b & constant(b, 31);
  V ones = ~shl_clamp(all_ones_of(a), length);
  return shl_clamp(ones, position);
}

template <class V>
V source_byte(V pair, V selector) {  // byte `selector` (0..7) of the 64-bit pair, in the low 8 bits
  V amount = shl_clamp(zext(selector, 64), constant_of_width(selector, 64, 3));
  return trunc(lshr_clamp(pair, amount), 32) & constant_of_width(pair, 32, 0xff);
}

// prmt without a mode: four 4-bit selectors; bit 3 of a selector replicates the byte's sign.
template <class V>
V prmt(V a, V b, V c) {
  V pair = shl_clamp(zext(b, 64), constant_of_width(a, 64, 32)) | zext(a, 64);
  V result = zero_of(a);
  for (unsigned i = 0; i < 4; ++i) {
    V control = lshr_clamp(c, constant(c, uint64_t{4} * i));
    V byte = source_byte(pair, control & constant(c, 7));
    V sign = select(ne(byte & constant(a, 0x80), zero_of(a)), constant(a, 0xff), zero_of(a));
    V chosen = select(ne(control & constant(c, 8), zero_of(c)), sign, byte);
    result = result | shl_clamp(chosen, constant(a, uint64_t{8} * i));
  }
  return result;
}

enum class PermuteMode : unsigned char { F4e, B4e, Rc8, Ecl, Ecr, Rc16 };

// The manual's table of prmt modes: for each selector value the source of d's bytes, b3 to b0, as a hexadecimal number.
constexpr uint16_t kPermuteModes[6][4] = {
    {0x3210, 0x4321, 0x5432, 0x6543},  // f4e
    {0x5670, 0x6701, 0x7012, 0x0123},  // b4e
    {0x0000, 0x1111, 0x2222, 0x3333},  // rc8
    {0x3210, 0x3211, 0x3222, 0x3333},  // ecl
    {0x0000, 0x1110, 0x2210, 0x3210},  // ecr
    {0x1010, 0x3232, 0x1010, 0x3232},  // rc16
};

template <class V>
V prmt_mode(PermuteMode mode, V a, V b, V c) {
  const uint16_t* row = kPermuteModes[static_cast<unsigned>(mode)];
  V selector = c & constant(c, 3);
  V control = constant(c, row[0]);
  for (unsigned i = 1; i < 4; ++i) control = select(eq(selector, constant(c, i)), constant(c, row[i]), control);
  return prmt(a, b, control);
}

}  // namespace qiao::isa::meaning
