// What a *value domain* offers: the meanings (meaning/*.h) are templates over a type V that models this, so that one
// body is the interpreter (V = HostValue, host_value.h), and writes lane code (V = LaneValue, in
// device_sim/jit/emit/lane_value.h).
//
// V is a bit pattern with a width (1, 8, 16, 32 or 64 bits; 128-bit values are only moved, never computed with) known
// when the meaning runs; signedness and float-ness are in the operation, as in LLVM. A float is its IEEE bits. All
// primitives are TOTAL and give the same bits in every domain: no poison, no trap, no undefined shift. V is
// default-constructible and copyable. No primitive may lose NaN, the sign of zero or a rounding: no fast-math flags, no
// contraction.
//
// Members and free functions (found by argument-dependent lookup) every V has; a, b, c of the same width unless said, p
// a 1-bit V, `bits` and `n` host integers unless said:
//   a.width()                          bits
//   constant(a, uint64_t)              a constant of a's width, in a's domain (a carries the builder)
//   constant_of_width(a, bits, u64)    the same with another width (bits beyond the width are dropped)
//   a+b a-b a*b  a&b a|b a^b  ~a  -a   modulo 2^width
//   udiv_total(a,b) sdiv_total(a,b) urem_total(a,b) srem_total(a,b)
//                                      x/0 gives all ones, x%0 gives x; INT_MIN/-1 = INT_MIN, INT_MIN%-1 = 0
//   shl_clamp(a,b) lshr_clamp(a,b) ashr_clamp(a,b)   b unsigned, any; b >= width gives 0 (ashr: all sign bits)
//   mul_hi_u(a,b) mul_hi_s(a,b)        high half of the double-width product
//   eq ne ult ule ugt uge slt sle sgt sge (a,b)      -> 1-bit V
//   select(p,a,b)                      p ? a : b
//   zext(a,bits) sext(a,bits) trunc(a,bits)          bits may equal a.width()
//   resize_u(a,bits) resize_s(a,bits)  trunc or zext (sext)
//   popc(a) clz(a) bitreverse(a) byteswap(a)         same width; clz(0) = width
//   fshl(hi,lo,b) fshr(hi,lo,b)        b modulo width: upper (lower) half of hi:lo shifted left (right)
// Floating point: f32 and f64 by width, always round to nearest even, subnormals kept (f16 and bf16 arithmetic is built
// on f32 and f64 in meaning/half.h; directed roundings are host calls, meaning/rounding.h):
//   fadd fsub fmul fdiv (a,b)  fma(a,b,c) (fused)  fsqrt(a)
//                                      a NaN result has any NaN's bits: meanings apply canonical_nan where PTX says so
//   feq flt fle fgt fge (a,b)          ordered: false with a NaN       funordered(a,b)     -> 1-bit V
//   fround_even fround_zero fround_down fround_up (a)    to an integral value in the same format
//   fp_resize(a,bits)                  16 (f16) <-> 32 <-> 64 (adjacent widths only)
//   fp_to_uint(a,bits) fp_to_sint(a,bits)    f32, f64 to 8..64 bits: truncates, saturates, NaN gives 0
//   uint_to_fp(a,bits) sint_to_fp(a,bits)    8..64 bits to f32, f64
//   host_call(Pure f, {V...})          the pure out-of-line function `qiao_pure_<f>` (pure_functions.inc): directed
//                                      roundings; arguments as its row says, the last is a 32-bit Rounding
// The meanings' own helpers in meaning/float_bits.h are templates; a domain may overload `flush(a)` (f32 subnormals to a
// zero of their sign) where the host's FTZ mode does it already, `canonical_nan(a)` where the NaN's bits cannot be seen,
// `abs_float(a)` and `neg_float(a)` where it has better forms of them, `loose(a)` where that saves a correction.
//
// The carry flag CC.CF is an explicit 1-bit V: addc, subc, madc take it as an extra last source; instructions with `.cc`
// give it as an extra last result (evaluate.h: reads_carry, writes_carry). After sub.cc and subc.cc it is the borrow.
#pragma once

#include <cstdint>
#include <string_view>

namespace qiao::isa {

enum class Rounding : unsigned char { NearestEven, Zero, Down, Up, NearestAway };

// The out-of-line pure functions, by name; see pure_functions.h for their types.
enum class Pure : uint8_t {
#define QIAO_PURE(name, result_bits, argument_bits, arguments) name,
#include "src/isa/pure_functions.inc"
#undef QIAO_PURE
};

struct PureSignature {
  std::string_view symbol;  // "qiao_pure_add_f32"
  unsigned result_bits;     // 32 or 64
  unsigned argument_bits;   // of each argument but the last, 32 or 64; the last is always a 32-bit Rounding
  unsigned arguments;       // the Rounding included
};

constexpr PureSignature kPureSignatures[] = {
#define QIAO_PURE(name, result_bits, argument_bits, arguments) \
  {"qiao_pure_" #name, result_bits, argument_bits, arguments},
#include "src/isa/pure_functions.inc"
#undef QIAO_PURE
};

constexpr const PureSignature& signature_of(Pure function) { return kPureSignatures[static_cast<unsigned>(function)]; }

}  // namespace qiao::isa
