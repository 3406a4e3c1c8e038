// evaluate(): from an instruction (form, modifiers, types) and its source values to its result values, in any value
// domain. The one place that reads modifiers on behalf of the meanings.
//
// Sources are the form's non-destination operands that are present, in written order, each with the width of its slot's
// type (`!p` already negated; {a, b, e, f} is four sources); then the selector words of the slots that have one
// (selectors.h, 32 bits each, d's too); instructions of Kind::Carry which read CC.CF take it as an extra last source, 1
// bit. Results are the form's destinations in written order, whether or not the instruction has the optional ones (setp
// gives p and q always), then the new CC.CF if the instruction writes it. No result at all: the meaning is not
// implemented. Executors widen a result to a wider register by the destination type's sign (PTX ISA 9.4.1).
#pragma once

#include <array>
#include <optional>
#include <span>

#include "src/isa/form.h"
#include "src/isa/meaning/approx.h"
#include "src/isa/meaning/bits.h"
#include "src/isa/meaning/carry.h"
#include "src/isa/meaning/compare.h"
#include "src/isa/meaning/convert.h"
#include "src/isa/meaning/float.h"
#include "src/isa/meaning/integer.h"
#include "src/isa/meaning/modes.h"
#include "src/isa/meaning/small_float.h"
#include "src/isa/meaning/video.h"

namespace qiao::isa {

template <class V>
struct Results {
  std::array<V, 2> values{};
  unsigned count = 0;

  Results() = default;
  Results(V first) : values{first}, count(1) {}
  Results(V first, V second) : values{first, second}, count(2) {}
};

inline bool reads_carry(Meaning meaning) {
  return meaning == Meaning::addc || meaning == Meaning::subc || meaning == Meaning::madc;
}
inline bool writes_carry(const Modifiers& modifiers) {
  return modifiers.has(Mod::Cc);
}

// One scalar evaluation; packed types have been split.
template <class V>
struct Invocation {
  Meaning meaning;
  const Modifiers& modifiers;
  std::array<Type, 4> types;
  std::span<const V> s;

  Type type() const { return types[0]; }
  bool has(Mod mod) const { return modifiers.has(mod); }
};

// clang-format off
template <class V>
Results<V> evaluate_integer(const Invocation<V>& i) {
  using namespace meaning;
  const Type type = i.type();
  const std::span<const V> s = i.s;
  switch (i.meaning) {
    case Meaning::abs: return meaning::abs(s[0]);
    case Meaning::add: return s[0] + s[1];
    case Meaning::add_sat: return i.has(Mod::Sat) ? add_sat(s[0], s[1]) : s[0] + s[1];
    case Meaning::div: return meaning::div(type, s[0], s[1]);
    case Meaning::dp2a: return dp2a(type, i.types[1], i.has(Mod::Hi), s[0], s[1], s[2]);
    case Meaning::dp4a: return dp4a(type, i.types[1], s[0], s[1], s[2]);
    case Meaning::mad24_hi: return mul24_hi(type, s[0], s[1]) + s[2];
    case Meaning::mad24_hi_sat: return add_sat(mul24_hi(type, s[0], s[1]), s[2]);
    case Meaning::mad24_lo: return mul24_lo(type, s[0], s[1]) + s[2];
    case Meaning::mad_hi: return mul_hi(type, s[0], s[1]) + s[2];
    case Meaning::mad_hi_sat: return mad_hi_sat(s[0], s[1], s[2]);
    case Meaning::mad_lo: return s[0] * s[1] + s[2];
    case Meaning::mad_wide: return mul_wide(type, s[0], s[1]) + s[2];
    case Meaning::max: return relu_if(i.has(Mod::Relu), meaning::max(type, s[0], s[1]));
    case Meaning::min: return relu_if(i.has(Mod::Relu), meaning::min(type, s[0], s[1]));
    case Meaning::mul24_hi: return mul24_hi(type, s[0], s[1]);
    case Meaning::mul24_lo: return mul24_lo(type, s[0], s[1]);
    case Meaning::mul_hi: return mul_hi(type, s[0], s[1]);
    case Meaning::mul_lo: return s[0] * s[1];
    case Meaning::mul_wide: return mul_wide(type, s[0], s[1]);
    case Meaning::neg: return -s[0];
    case Meaning::rem: return rem(type, s[0], s[1]);
    case Meaning::sad: return sad(type, s[0], s[1], s[2]);
    case Meaning::sub: return s[0] - s[1];
    case Meaning::sub_sat: return i.has(Mod::Sat) ? sub_sat(s[0], s[1]) : s[0] - s[1];
    default: return {};
  }
}

template <class V>
Results<V> evaluate_carry(const Invocation<V>& i) {
  using namespace meaning;
  const std::span<const V> s = i.s;
  const V none = constant_of_width(s[0], 1, 0);
  const auto results = [&](WithCarry<V> r) {
    return writes_carry(i.modifiers) ? Results<V>(r.value, r.carry) : Results<V>(r.value);
  };
  switch (i.meaning) {
    case Meaning::add_cc: return results(add_with_carry(s[0], s[1], none));
    case Meaning::addc: return results(add_with_carry(s[0], s[1], s[2]));
    case Meaning::mad_cc: return results(mad_with_carry(i.type(), i.has(Mod::Hi), s[0], s[1], s[2], none));
    case Meaning::madc: return results(mad_with_carry(i.type(), i.has(Mod::Hi), s[0], s[1], s[2], s[3]));
    case Meaning::sub_cc: return results(sub_with_borrow(s[0], s[1], none));
    case Meaning::subc: return results(sub_with_borrow(s[0], s[1], s[2]));
    default: return {};
  }
}

template <class V>
Results<V> evaluate_bits(const Invocation<V>& i) {
  using namespace meaning;
  const Type type = i.type();
  const std::span<const V> s = i.s;
  const bool clamp = i.has(Mod::Clamp);
  switch (i.meaning) {
    case Meaning::and_: return s[0] & s[1];
    case Meaning::bfe: return bfe(type, s[0], s[1], s[2]);
    case Meaning::bfi: return bfi(s[0], s[1], s[2], s[3]);
    case Meaning::bfind: return bfind(type, i.has(Mod::Shiftamt), s[0]);
    case Meaning::bmsk: return bmsk(clamp, s[0], s[1]);
    case Meaning::brev: return bitreverse(s[0]);
    case Meaning::clz: return clz_u32(s[0]);
    case Meaning::cnot: return cnot(s[0]);
    case Meaning::fns: return fns(s[0], s[1], s[2]);
    case Meaning::lop3: {
      const V d = lop3(s[0], s[1], s[2], s[3]);
      if (bool_op_of(i.modifiers) == BoolOp::None) return d;
      return {d, combine(bool_op_of(i.modifiers), ne(d, zero_of(d)), s[4])};
    }
    case Meaning::not_: return ~s[0];
    case Meaning::or_: return s[0] | s[1];
    case Meaning::popc: return popc_u32(s[0]);
    case Meaning::prmt:
      if (i.modifiers.at(Axis::Mode) == Mod::None) return prmt(s[0], s[1], s[2]);
      return prmt_mode(permute_mode_of(i.modifiers), s[0], s[1], s[2]);
    case Meaning::shf_l: return shf_l(clamp, s[0], s[1], s[2]);
    case Meaning::shf_r: return shf_r(clamp, s[0], s[1], s[2]);
    case Meaning::shl: return shl(s[0], s[1]);
    case Meaning::shr: return shr(type, s[0], s[1]);
    case Meaning::szext: return szext(type, clamp, s[0], s[1]);
    case Meaning::xor_: return s[0] ^ s[1];
    default: return {};
  }
}

template <class V>
Results<V> evaluate_approx(const Invocation<V>& i) {
  using namespace meaning;
  const FloatMode mode = float_mode_of(i.modifiers, i.type());
  const std::span<const V> s = i.s;
  const bool approx = i.has(Mod::Approx);
  const bool gross = approx && mode.ftz && mode.type == Type::F64;
  switch (i.meaning) {
    case Meaning::cos: return meaning::cos(mode, s[0]);
    case Meaning::div_float: return approx ? div_approx(mode, s[0], s[1]) : div_rnd(mode, s[0], s[1]);
    case Meaning::ex2: return ex2(mode, s[0]);
    case Meaning::lg2: return lg2(mode, s[0]);
    case Meaning::rcp: return gross ? rcp_gross_f64(s[0]) : approx ? rcp_approx(mode, s[0]) : rcp_rnd(mode, s[0]);
    case Meaning::rsqrt: return gross ? rsqrt_gross_f64(s[0]) : rsqrt_approx(mode, s[0]);
    case Meaning::sin: return meaning::sin(mode, s[0]);
    case Meaning::sqrt: return approx ? sqrt_approx(mode, s[0]) : sqrt_rnd(mode, s[0]);
    case Meaning::tanh: return meaning::tanh(mode, s[0]);
    default: return {};
  }
}

template <class V>
Results<V> evaluate_min_max(const Invocation<V>& i, bool maximum) {
  const meaning::MinMaxMode mode = min_max_mode_of(i.modifiers, i.type(), maximum);
  return i.s.size() == 3 ? meaning::min_max(mode, i.s[0], i.s[1], i.s[2]) : meaning::min_max(mode, i.s[0], i.s[1]);
}

template <class V>
Results<V> evaluate_float(const Invocation<V>& i) {
  using namespace meaning;
  const FloatMode mode = float_mode_of(i.modifiers, i.type());
  const std::span<const V> s = i.s;
  const auto wide = [&](V half) { return widen_half(i.types[1], half); };
  switch (i.meaning) {
    case Meaning::abs_float: return abs_ftz(mode, s[0]);
    case Meaning::add_float: return add_float(mode, s[0], s[1]);
    case Meaning::add_mixed: return add_float(mode, wide(s[0]), s[1]);
    case Meaning::copysign: return meaning::copysign(s[0], s[1]);
    case Meaning::fma: return fma_float(mode, s[0], s[1], s[2]);
    case Meaning::fma_mixed: return fma_float(mode, wide(s[0]), wide(s[1]), s[2]);
    case Meaning::max_float: return evaluate_min_max(i, true);
    case Meaning::min_float: return evaluate_min_max(i, false);
    case Meaning::mul_float: return mul_float(mode, s[0], s[1]);
    case Meaning::neg_float: return neg_ftz(mode, s[0]);
    case Meaning::sub_float: return sub_float(mode, s[0], s[1]);
    case Meaning::sub_mixed: return sub_float(mode, wide(s[0]), s[1]);
    default: return evaluate_approx(i);
  }
}

template <class V>
Results<V> evaluate_compare(const Invocation<V>& i) {
  using namespace meaning;
  const std::span<const V> s = i.s;
  const bool ftz = i.has(Mod::Ftz);
  const bool is_float_compare = i.meaning == Meaning::set_float || i.meaning == Meaning::setp_float;
  const auto truth = [&](Type type) {
    const Compare compare = compare_of(i.modifiers);
    return is_float_compare ? compare_float(compare, type, ftz, s[0], s[1]) : compare_integer(compare, type, s[0], s[1]);
  };
  const auto combined = [&](V t) {
    const BoolOp op = bool_op_of(i.modifiers);
    return op == BoolOp::None ? t : combine(op, t, s[2]);
  };
  switch (i.meaning) {
    case Meaning::selp: return select(s[2], s[0], s[1]);
    case Meaning::set:
    case Meaning::set_float: return set_result(i.type(), combined(truth(i.types[1])));
    case Meaning::setp:
    case Meaning::setp_float: {
      const V t = truth(i.type());
      return {combined(t), combined(~t)};
    }
    case Meaning::slct: return slct(s[0], s[1], s[2]);
    case Meaning::slct_float: return slct_float(ftz, s[0], s[1], s[2]);
    case Meaning::testp: return testp(test_of(i.modifiers), i.type(), s[0]);
    default: return {};
  }
}

template <class V>
Results<V> evaluate_convert(const Invocation<V>& i) {
  using namespace meaning;
  const ConvertMode mode = convert_mode_of(i.modifiers, i.types[0], i.types[1]);
  const std::span<const V> s = i.s;
  switch (i.meaning) {
    case Meaning::cvt_float: return cvt_float(mode, s[0]);
    case Meaning::cvt_float_to_int: return cvt_float_to_int(mode, s[0]);
    case Meaning::cvt_int: return cvt_int(mode, s[0]);
    case Meaning::cvt_int_to_float: return cvt_int_to_float(mode, s[0]);
    case Meaning::cvt_pack: return s.size() == 3 ? cvt_pack(mode, s[0], s[1], s[2]) : cvt_pack(mode, s[0], s[1]);
    case Meaning::cvt_from_pair: return cvt_from_pair(mode, s[0]);
    case Meaning::cvt_halves_to_pair: return cvt_halves_to_pair(mode, s[0]);
    case Meaning::cvt_to_four: return cvt_to_four<V>(mode, {s[0], s[1], s[2], s[3]}, s[4]);
    case Meaning::cvt_to_pair: return s.size() == 3 ? cvt_to_pair(mode, s[0], s[1], s[2]) : cvt_to_pair(mode, s[0], s[1]);
    default: return {};
  }
}

// Sources: the operands, then the selector words of d, a, b. With a second operation d has none; vmad's are a, b, c.
template <class V>
Results<V> evaluate_video(const Invocation<V>& i) {
  using namespace meaning;
  const std::span<const V> s = i.s;
  if (i.meaning == Meaning::vmad) {
    const VmadMode mode = vmad_mode_of(i.modifiers, i.types);
    return vmad(mode, s[0], s[1], s[2], s[3], s[4], mode.plus_one ? constant(s[3], 0) : s[5]);
  }
  const std::optional<VideoOp> op = video_op_of(i.meaning);
  if (!op) return {};
  const VideoMode mode = video_mode_of(i.modifiers, *op, i.types);
  const unsigned elements = video_elements_of(i.meaning);
  const bool whole = elements == 1 && mode.second != VideoMode::None;
  const size_t words = s.size() - (whole ? 2 : 3);
  const V d_word = whole ? constant(s[0], default_selector_word(Selector::Part)) : s[words];
  const PartWords<V> selected{d_word, s[s.size() - 2], s[s.size() - 1]};
  const V c = words == 3 ? s[2] : zero_of(s[0]);
  return elements == 1 ? video_scalar(mode, s[0], s[1], c, selected) : video_simd(mode, elements, s[0], s[1], c, selected);
}

template <class V>
Results<V> evaluate_scalar(const Invocation<V>& i) {
  Results<V> results = evaluate_integer(i);
  if (results.count == 0) results = evaluate_bits(i);
  if (results.count == 0) results = evaluate_float(i);
  if (results.count == 0) results = evaluate_compare(i);
  if (results.count == 0) results = evaluate_carry(i);
  if (results.count == 0) results = evaluate_video(i);
  return results;
}

// clang-format on

// A packed type applies the meaning to each half.
template <class V>
Results<V> evaluate_pair(const Invocation<V>& i) {
  const unsigned half = bits_of(i.types[1] == Type::None ? i.types[0] : i.types[1]) / 2;
  std::array<Results<V>, 2> halves;
  for (unsigned h = 0; h < 2; ++h) {
    std::array<V, 4> sources;
    for (size_t k = 0; k < i.s.size(); ++k) {
      const V whole = i.s[k];
      sources[k] = whole.width() == 1 ? whole : trunc(lshr_clamp(whole, constant(whole, uint64_t{half} * h)), half);
    }
    const std::array<Type, 4> types = {half_of_pair(i.types[0]), half_of_pair(i.types[1]), Type::None, Type::None};
    halves[h] = evaluate_scalar(Invocation<V>{i.meaning, i.modifiers, types, {sources.data(), i.s.size()}});
    if (halves[h].count == 0) return {};
  }
  const V low = halves[0].values[0];
  const V high = halves[1].values[0];
  if (low.width() == 1) return {low, high};  // setp: p from the lower half, q from the upper
  return shl_clamp(zext(high, 2 * half), constant_of_width(low, 2 * half, half)) | zext(low, 2 * half);
}

template <class V>
Results<V> evaluate(const Form& form, const Modifiers& modifiers, const std::array<Type, 4>& types,
                    std::span<const V> sources) {
  const Invocation<V> invocation{form.meaning, modifiers, types, sources};
  if (form.unit == Unit::Convert) return evaluate_convert(invocation);  // they know packed types themselves
  const bool pairs = is_pair(types[0]) || (form.meaning == Meaning::set_float && is_pair(types[1]));
  if (pairs) return evaluate_pair(invocation);
  return evaluate_scalar(invocation);
}

}  // namespace qiao::isa
