// The video instructions (PTX ISA 9.7.18). Selector words (selectors.h) are values like the operands: in lane code they
// are constants, and what is computed from them folds away. Intermediate results are 64-bit signed.
#pragma once

#include "src/isa/meaning/compare.h"
#include "src/isa/meaning/integer.h"

namespace qiao::isa::meaning {

enum class VideoOp : unsigned char { Add, Sub, AbsDiff, Min, Max, Average, ShiftLeft, ShiftRight, Set };

struct VideoMode {
  VideoOp op = VideoOp::Add;
  Type d = Type::U32;
  Type a = Type::U32;
  Type b = Type::U32;
  bool sat = false;
  bool clamp = false;                                          // of a shift amount, else it wraps
  Compare compare = Compare::Eq;                               // vset
  enum : unsigned char { None, Add, Min, Max } second = None;  // `.add`, `.min`, `.max` with c
};

template <class V>
V video_extend(Type type, V field) {  // a value of at most 32 bits, to 64
  return is_signed(type) ? sext(field, 64) : zext(field, 64);
}

template <class V>
V part_width(V word) {
  return lshr_clamp(word, constant(word, 8)) & constant(word, 0xff);
}
template <class V>
V part_position(V word) {
  return word & constant(word, 0xff);
}

// partSelectSignExtend(a, type, sel)
template <class V>
V select_part(Type type, V a, V word) {
  V wide = zext(a, 64);
  V unused = constant(wide, 64) - zext(part_width(word), 64);
  V high = shl_clamp(wide, unused - zext(part_position(word), 64));
  return is_signed(type) ? ashr_clamp(high, unused) : lshr_clamp(high, unused);
}

template <class V>
V signed_min(V a, V b) {
  return select(slt(a, b), a, b);
}
template <class V>
V signed_max(V a, V b) {
  return select(sgt(a, b), a, b);
}

// To the range of a signed or unsigned number of `width` bits.
template <class V>
V clamp_to_width(Type type, V a, V width) {
  V one = constant(a, 1);
  V magnitude_bits = zext(width, 64) - constant(a, is_signed(type) ? 1 : 0);
  V most = shl_clamp(one, magnitude_bits) - one;
  V least = is_signed(type) ? ~most : zero_of(a);
  return signed_min(signed_max(a, least), most);
}

// A left shift of up to 32 may lose bits at the top of the 64: then the result is the largest number of the sign.
template <class V>
V shift_left_exact(bool sat, V a, V n) {
  V shifted = shl_clamp(a, n);
  if (!sat) return shifted;
  V least = highest_bit_of(a);
  V limit = select(is_negative(a), least, ~least);
  return select(ne(ashr_clamp(shifted, n), a), limit, shifted);
}

template <class V>
V video_operation(const VideoMode& mode, V a, V b) {
  const auto amount = [&] {
    V limit = constant(b, 32);
    return mode.clamp ? select(ugt(b, limit), limit, b) : b & constant(b, 31);
  };
  switch (mode.op) {
    case VideoOp::Add:
      return a + b;
    case VideoOp::Sub:
      return a - b;
    case VideoOp::AbsDiff:
      return abs(a - b);
    case VideoOp::Min:
      return signed_min(a, b);
    case VideoOp::Max:
      return signed_max(a, b);
    case VideoOp::Average: {
      V sum = a + b;
      V one = constant(sum, 1);
      return ashr_clamp(select(is_negative(sum), sum, sum + one), one);
    }
    case VideoOp::ShiftLeft:
      return shift_left_exact(mode.sat, a, amount());
    case VideoOp::ShiftRight:
      return ashr_clamp(a, amount());
    default:
      return zext(compare_integer(mode.compare, Type::S64, a, b), 64);
  }
}

// The manual's .s33: the intermediate result a second operation sees.
template <class V>
V to_s33(V a) {
  V unused = constant(a, 31);
  return ashr_clamp(shl_clamp(a, unused), unused);
}

template <class V>
V second_operation(const VideoMode& mode, V a, V c) {
  switch (mode.second) {
    case VideoMode::Add:
      return a + c;
    case VideoMode::Min:
      return signed_min(to_s33(a), c);
    case VideoMode::Max:
      return signed_max(to_s33(a), c);
    default:
      return a;
  }
}

// d, a, b: the selector words.
template <class V>
struct PartWords {
  V d;
  V a;
  V b;
};

// vadd vsub vabsdiff vmin vmax vshl vshr vset. Where c is not written it does not count.
template <class V>
V video_scalar(const VideoMode& mode, V a, V b, V c, const PartWords<V>& words) {
  V result = video_operation(mode, select_part(mode.a, a, words.a), select_part(mode.b, b, words.b));
  V width = part_width(words.d);
  if (mode.sat) result = clamp_to_width(mode.d, result, width);
  result = trunc(second_operation(mode, result, video_extend(mode.d, c)), 32);
  V position = part_position(words.d);
  V mask = shl_clamp(~shl_clamp(all_ones_of(c), width), position);
  return (shl_clamp(result, position) & mask) | (c & ~mask);
}

template <class V>
V is_negated(V word) {
  return trunc(lshr_clamp(word, constant(word, 16)), 1);
}

struct VmadMode {
  Type a = Type::U32;
  Type b = Type::U32;
  bool sat = false;
  bool plus_one = false;
  unsigned shift = 0;
};

// The manual's 128-bit sum is kept in two halves; what is left of it after scaling is 64 bits.
template <class V>
V vmad(const VmadMode& mode, V a, V b, V c, V a_word, V b_word, V c_word) {
  V ta = select_part(mode.a, a, a_word);
  V tb = select_part(mode.b, b, b_word);
  V one = constant_of_width(a, 1, 1);
  V zero = zero_of(ta);
  V negate_product = is_negated(a_word) ^ is_negated(b_word);
  V negate_c = is_negated(c_word);
  V is_signed_result = is_signed(mode.a) || is_signed(mode.b) ? one : negate_product | negate_c;
  V invert = select(negate_product, all_ones_of(ta), zero);
  V low = (ta * tb) ^ invert;
  V high = mul_hi_s(ta, tb) ^ invert;
  V addend = select(negate_c, ~c, c);
  V wide_addend = select(is_signed_result, sext(addend, 64), zext(addend, 64));
  V lsb = zext(mode.plus_one ? one : negate_product | negate_c, 64);
  V sum = low + wide_addend;
  V carry = zext(ult(sum, low), 64);
  V result = sum + lsb;
  carry = carry + zext(ult(result, sum), 64);
  V upper = high + ashr_clamp(select(is_signed_result, wide_addend, zero), constant(ta, 63)) + carry;
  result = fshr(upper, result, constant(result, mode.shift));
  if (!mode.sat) return trunc(result, 32);
  V unsigned_most = constant(result, 0xffffffff);
  V as_unsigned = select(ugt(result, unsigned_most), unsigned_most, result);
  V as_signed = clamp_to_width(Type::S32, result, constant_of_width(a, 32, 32));
  return trunc(select(is_signed_result, as_signed, as_unsigned), 32);
}

// vadd2, vadd4 ...: `elements` of them; each of a and b is picked by an index from the elements of both operands.
template <class V>
V video_simd(const VideoMode& mode, unsigned elements, V a, V b, V c, const PartWords<V>& words) {
  const unsigned bits = 32 / elements;
  V pair = shl_clamp(zext(b, 64), constant_of_width(a, 64, 32)) | zext(a, 64);
  const auto element = [&](Type type, V indices, unsigned i) {
    V index = lshr_clamp(indices, constant(indices, uint64_t{4} * i)) & constant(indices, 2 * elements - 1);
    V position = zext(index * constant(index, bits), 64);
    V field = trunc(lshr_clamp(pair, position), bits);
    return video_extend(type, field);
  };
  V width = constant(a, bits);
  V result = mode.second == VideoMode::Add ? c : zero_of(c);
  for (unsigned i = 0; i < elements; ++i) {
    V t = video_operation(mode, element(mode.a, words.a, i), element(mode.b, words.b, i));
    if (mode.sat) t = clamp_to_width(mode.d, t, width);
    V chosen = trunc(lshr_clamp(words.d, constant(words.d, i)), 1);
    V value = trunc(t, 32);
    if (mode.second == VideoMode::Add) {
      result = result + select(chosen, value, zero_of(value));
    } else {
      V mask = constant(c, ((uint64_t{1} << bits) - 1) << (bits * i));
      V placed = shl_clamp(value, constant(value, uint64_t{bits} * i));
      result = result | (select(chosen, placed, c) & mask);
    }
  }
  return result;
}

}  // namespace qiao::isa::meaning
