// HostValue's integer primitives against wide host arithmetic: exhaustive on 8 bits, edges on the other widths; half
// precision conversion exhaustively.
#include "src/isa/host_value.h"

#include <cmath>

#include "src/isa/half_bits.h"
#include "tests/unit/catch.h"

using namespace qiao::isa;

namespace {

HostValue byte(uint64_t bits) {
  return {8, bits};
}
int64_t as_signed(uint64_t bits) {
  return static_cast<int8_t>(bits);
}

struct Mismatch {
  uint64_t count = 0;
  void expect(HostValue got, int64_t wanted) { count += got != HostValue(got.width(), static_cast<uint64_t>(wanted)); }
};

}  // namespace

TEST_CASE("8-bit arithmetic is exact for every pair") {
  Mismatch wrong;
  for (uint64_t a = 0; a < 256; ++a) {
    for (uint64_t b = 0; b < 256; ++b) {
      const HostValue x = byte(a), y = byte(b);
      const int64_t p = static_cast<int64_t>(a), q = static_cast<int64_t>(b);
      const int64_t sp = as_signed(a), sq = as_signed(b);
      wrong.expect(x + y, p + q);
      wrong.expect(x - y, p - q);
      wrong.expect(x * y, p * q);
      wrong.expect(udiv_total(x, y), q ? p / q : 255);
      wrong.expect(urem_total(x, y), q ? p % q : p);
      wrong.expect(sdiv_total(x, y), sq ? sp / sq : -1);
      wrong.expect(srem_total(x, y), sq ? sp % sq : sp);
      wrong.expect(mul_hi_u(x, y), p * q >> 8);
      wrong.expect(mul_hi_s(x, y), sp * sq >> 8);
      wrong.expect(shl_clamp(x, y), q < 8 ? p << q : 0);
      wrong.expect(lshr_clamp(x, y), q < 8 ? p >> q : 0);
      wrong.expect(ashr_clamp(x, y), sp >> (q < 8 ? q : 7));
      wrong.expect(fshl(x, y, byte(b)), (p << 8 | q) << (q % 8) >> 8);
      wrong.expect(fshr(x, y, byte(b)), (p << 8 | q) >> (q % 8));
    }
  }
  CHECK(wrong.count == 0);
}

TEST_CASE("8-bit comparisons agree with the host's") {
  Mismatch wrong;
  for (uint64_t a = 0; a < 256; ++a) {
    for (uint64_t b = 0; b < 256; ++b) {
      const HostValue x = byte(a), y = byte(b);
      const int64_t sp = as_signed(a), sq = as_signed(b);
      wrong.expect(eq(x, y), a == b);
      wrong.expect(ne(x, y), a != b);
      wrong.expect(ult(x, y), a < b);
      wrong.expect(ule(x, y), a <= b);
      wrong.expect(ugt(x, y), a > b);
      wrong.expect(uge(x, y), a >= b);
      wrong.expect(slt(x, y), sp < sq);
      wrong.expect(sle(x, y), sp <= sq);
      wrong.expect(sgt(x, y), sp > sq);
      wrong.expect(sge(x, y), sp >= sq);
    }
  }
  CHECK(wrong.count == 0);
}

TEST_CASE("counts and reversals keep the width") {
  CHECK(clz(HostValue(8, 0)).bits() == 8);
  CHECK(clz(HostValue(64, 1)).bits() == 63);
  CHECK(clz(HostValue(32, 0x80000000)).bits() == 0);
  CHECK(popc(HostValue(16, 0xf0f1)).bits() == 9);
  CHECK(bitreverse(HostValue(32, 1)).bits() == 0x80000000);
  CHECK(byteswap(HostValue(16, 0x1234)).bits() == 0x3412);
  CHECK(byteswap(HostValue(64, 1)).bits() == uint64_t{1} << 56);
}

TEST_CASE("resizing extends by zero or by sign") {
  CHECK(sext(HostValue(8, 0x80), 32).bits() == 0xffffff80);
  CHECK(sext(HostValue(1, 1), 64).bits() == ~uint64_t{0});
  CHECK(zext(HostValue(8, 0x80), 32).bits() == 0x80);
  CHECK(trunc(HostValue(32, 0x12345678), 16).bits() == 0x5678);
  CHECK(resize_s(HostValue(32, 0xffffffff), 64).bits() == ~uint64_t{0});
}

TEST_CASE("division is total") {
  const HostValue minimum(32, 0x80000000), minus_one(32, 0xffffffff), zero(32, 0);
  CHECK(sdiv_total(minimum, minus_one) == minimum);
  CHECK(srem_total(minimum, minus_one) == zero);
  CHECK(sdiv_total(minimum, zero) == minus_one);
  CHECK(srem_total(minimum, zero) == minimum);
}

TEST_CASE("float to integer saturates, and NaN is 0") {
  CHECK(fp_to_sint(host_f32(1e20f), 32).bits() == 0x7fffffff);
  CHECK(fp_to_sint(host_f32(-1e20f), 32).bits() == 0x80000000);
  CHECK(fp_to_sint(host_f64(-2147483649.0), 32).bits() == 0x80000000);
  CHECK(fp_to_sint(host_f64(std::nan("")), 64).bits() == 0);
  CHECK(fp_to_uint(host_f64(-0.5), 32).bits() == 0);
  CHECK(fp_to_uint(host_f64(-5.0), 32).bits() == 0);
  CHECK(fp_to_uint(host_f64(1.8446744073709552e19), 64).bits() == ~uint64_t{0});
  CHECK(fp_to_uint(host_f32(255.9f), 8).bits() == 255);
  CHECK(fp_to_uint(host_f32(256.0f), 8).bits() == 255);
}

TEST_CASE("every f16 survives the way to f32 and back, in every rounding") {
  uint64_t wrong = 0;
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const bool nan = (half & 0x7fff) > 0x7c00;
    const uint32_t wide = f32_bits_of_f16(static_cast<uint16_t>(half));
    for (Rounding r : {Rounding::NearestEven, Rounding::Zero, Rounding::Down, Rounding::Up, Rounding::NearestAway}) {
      wrong += f16_bits_of_f32(wide, r) != (nan ? 0x7fff : half);
    }
    if (nan) continue;
    const int exponent = half >> 10 & 0x1f;
    const double fraction = half & 0x3ff;
    const double magnitude = exponent == 0x1f ? INFINITY
                             : exponent       ? std::ldexp(1024 + fraction, exponent - 25)
                                              : std::ldexp(fraction, -24);
    wrong += as_f32({32, wide}) != (half & 0x8000 ? -magnitude : magnitude);
  }
  CHECK(wrong == 0);
}
