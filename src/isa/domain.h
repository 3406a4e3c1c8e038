// What a *value domain* offers: the meanings (meaning/*.h) are templates over a type V that models this, so that one body
// is the interpreter (V = HostValue, host_value.h), and writes lane code (V = LaneValue, device_sim/jit/emit/lane_value.h).
//
// V is a bit pattern with a width (1, 8, 16, 32, 64 or 128 bits) known when the meaning runs; signedness and float-ness
// are in the operation, as in LLVM. A float is its IEEE bits. All primitives are TOTAL and give the same bits in every
// domain: no poison, no trap, no undefined shift.
//
// Members and free functions every V has (a, b, c of the same width unless said; p is a 1-bit V):
//   V::width()                         bits
//   constant(a, uint64_t)              a constant of a's width, in a's domain (a carries the builder)
//   constant_of_width(a, bits, u64)    the same with another width
//   a+b a-b a*b  a&b a|b a^b  ~a  -a   modulo 2^width
//   udiv_total(a,b) sdiv_total(a,b) urem_total(a,b) srem_total(a,b)
//                                      x/0 gives all ones, x%0 gives x; INT_MIN/-1 = INT_MIN, INT_MIN%-1 = 0
//   shl_clamp(a,n) lshr_clamp(a,n) ashr_clamp(a,n)   n unsigned, any; n >= width gives 0 (ashr: all sign bits)
//   mul_hi_u(a,b) mul_hi_s(a,b)        high half of the double-width product
//   eq ne ult ule ugt uge slt sle sgt sge (a,b)      -> 1-bit V
//   select(p,a,b)
//   zext(a,bits) sext(a,bits) trunc(a,bits) resize_u(a,bits) resize_s(a,bits)
//   popc(a) clz(a) bitreverse(a) byteswap(a)         same width; clz(0) = width
//   fshl(hi,lo,n) fshr(hi,lo,n)        n modulo width
//   fadd fsub fmul fdiv (a,b,Rounding) fma(a,b,c,Rounding) fsqrt(a,Rounding)      IEEE on 16 (half), 32, 64 bits
//                                      NaN results: PTX's canonical NaN (0x7fffffff for f32, 0x7fff for f16,
//                                      0xfff8... for f64 as on hardware) is made by canonical_nan(a) in the meaning
//   flt fle fgt fge feq fne (ordered)  funordered(a,b)            -> 1-bit V
//   fneg(a) fabs(a)                    sign bit only
//   is_nan(a) is_subnormal(a)
//   fp_resize(a,bits,Rounding)         between f16, f32, f64
//   fp_to_uint(a,bits,Rounding) fp_to_sint(a,bits,Rounding)   saturating, NaN gives 0
//   uint_to_fp(a,bits,Rounding) sint_to_fp(a,bits,Rounding)
//   fround(a,Rounding)                 to an integral value in the same format
//   host_call(name, V...)              pure out-of-line scalar function `qiao_pure_<name>` (pure_functions.h), for what
//                                      has no short formula: directed roundings, approximations without inline code
#pragma once

namespace qiao::isa {

enum class Rounding : unsigned char { NearestEven, Zero, Down, Up, NearestAway };

}  // namespace qiao::isa
