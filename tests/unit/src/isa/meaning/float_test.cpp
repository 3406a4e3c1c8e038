// Floating-point instructions: modifiers and special values by the manual, half precision against MPFR.
#include <mpfr.h>

#include <random>

#include "src/isa/half_bits.h"
#include "tests/unit/src/isa/meaning/evaluate_text.h"

using namespace qiao::isa;

namespace {

constexpr uint64_t kNan = 0x7fffffff;

double number_of_half(bool bf16, uint64_t bits) {
  return as_f32(bf16 ? bits << 16 : f32_bits_of_f16(static_cast<uint16_t>(bits)));
}

// a * b + c rounded once to f16 or bf16.
double fma_in_half(bool bf16, double a, double b, double c) {
  mpfr_t x, y, z, result;
  mpfr_inits2(53, x, y, z, nullptr);
  mpfr_init2(result, bf16 ? 8 : 11);
  mpfr_set_d(x, a, MPFR_RNDN), mpfr_set_d(y, b, MPFR_RNDN), mpfr_set_d(z, c, MPFR_RNDN);
  mpfr_set_emin(bf16 ? -132 : -23), mpfr_set_emax(bf16 ? 128 : 16);
  int inexact = mpfr_fma(result, x, y, z, MPFR_RNDN);
  inexact = mpfr_check_range(result, inexact, MPFR_RNDN);
  mpfr_subnormalize(result, inexact, MPFR_RNDN);
  const double value = mpfr_get_d(result, MPFR_RNDN);
  mpfr_set_emin(mpfr_get_emin_min()), mpfr_set_emax(mpfr_get_emax_max());
  mpfr_clears(x, y, z, result, nullptr);
  return value;
}

uint64_t wrong_halves(bool bf16, unsigned count) {
  std::mt19937 random(bf16);
  const std::string suffix = bf16 ? "bf16" : "f16";
  const auto operand = [&] {
    uint64_t bits = random() & 0xffff;
    if (random() % 2) bits = (bits & 0x83ff) | (bf16 ? 0x3f00 + (random() % 8 << 7) : 0x3800 + (random() % 3 << 10));
    return random() % 8 ? bits : bits & 0x8007;
  };
  uint64_t wrong = 0;
  const auto check = [&](uint64_t got, double wanted) {
    const double value = number_of_half(bf16, got);
    wrong += !(value == wanted && std::signbit(value) == std::signbit(wanted)) && !(value != value && wanted != wanted);
  };
  for (unsigned i = 0; i < count; ++i) {
    const uint64_t a = operand(), b = operand(), c = operand();
    const double x = number_of_half(bf16, a), y = number_of_half(bf16, b), z = number_of_half(bf16, c);
    check(run("fma.rn." + suffix, {a, b, c}), fma_in_half(bf16, x, y, z));
    check(run("mul." + suffix, {a, b}), fma_in_half(bf16, x, y, std::signbit(x) != std::signbit(y) ? -0.0 : 0.0));
    check(run("add." + suffix, {a, b}), fma_in_half(bf16, x, 1.0, y));
    check(run("sub." + suffix, {a, b}), fma_in_half(bf16, x, 1.0, -y));
  }
  return wrong;
}

}  // namespace

TEST_CASE("f16 and bf16 arithmetic rounds once") {
  CHECK(wrong_halves(false, 20000) == 0);
  CHECK(wrong_halves(true, 20000) == 0);
  CHECK(run("fma.rn.f16x2", {0x40003c00, 0x40003c00, 0x3c003c00}) == 0x45004000);
  CHECK(run("add.sat.f16", {0x4000, 0x4000}) == 0x3c00);
  CHECK(run("fma.rn.relu.f16", {0x4000, 0xc000, 0}) == 0);
  CHECK(run("fma.rn.relu.bf16", {0x7fc1, 0x3f80, 0}) == 0x7fff);
}

TEST_CASE("ftz flushes operands and results, sat clamps") {
  CHECK(run("add.f32", {1, 1}) == 2);
  CHECK(run("add.ftz.f32", {1, 0x80000001}) == 0);
  CHECK(run("add.ftz.f32", {0x80000001, 0x80000001}) == 0x80000000);
  CHECK(run("mul.ftz.f32", {0x00800000, f32(0.5f)}) == 0);
  CHECK(run("mul.f32", {0x00800000, f32(0.5f)}) == 0x00400000);
  CHECK(run("add.sat.f32", {f32(0.75f), f32(0.75f)}) == f32(1.0f));
  CHECK(run("add.sat.f32", {f32(-3.0f), f32(0.75f)}) == 0);
  CHECK(run("add.sat.f32", {f32(NAN), f32(0.75f)}) == 0);
  CHECK(run("fma.rn.sat.f32", {f32(-1.0f), f32(0.0f), f32(-0.0f)}) == 0);
}

TEST_CASE("NaN results are canonical") {
  CHECK(run("add.f32", {0x7f800001, 0}) == kNan);
  CHECK(run("add.f32", {0x7f800000, 0xff800000}) == kNan);
  CHECK(run("sqrt.rn.f32", {f32(-1.0f)}) == kNan);
  CHECK(run("fma.rn.f32", {0xffc12345, 0, 0}) == kNan);
  CHECK(run("add.f16", {0x7e01, 0}) == 0x7fff);
}

TEST_CASE("directions of rounding") {
  const uint64_t third_down = f32(0x1.555554p-2f);
  CHECK(run("div.rz.f32", {f32(1), f32(3)}) == third_down);
  CHECK(run("div.rp.f32", {f32(1), f32(3)}) == third_down + 1);
  CHECK(run("div.rn.f32", {f32(1), f32(3)}) == third_down + 1);
  CHECK(run("add.rm.f64", {f64(1), f64(0x1p-60)}) == f64(1));
  CHECK(run("add.rp.f64", {f64(1), f64(0x1p-60)}) == f64(1) + 1);
  CHECK(run("sub.rm.f32", {f32(1), f32(1)}) == 0x80000000);
}

TEST_CASE("min and max order zeros and treat NaN as missing, unless .NaN") {
  CHECK(run("min.f32", {f32(0.0f), f32(-0.0f)}) == f32(-0.0f));
  CHECK(run("max.f32", {f32(-0.0f), f32(0.0f)}) == f32(0.0f));
  CHECK(run("min.f32", {f32(NAN), f32(2)}) == f32(2));
  CHECK(run("min.f32", {f32(2), f32(NAN)}) == f32(2));
  CHECK(run("min.f32", {0xffc00000, 0x7fc00000}) == kNan);
  CHECK(run("min.NaN.f32", {f32(NAN), f32(2)}) == kNan);
  CHECK(run("max.xorsign.abs.f32", {f32(-3), f32(2)}) == f32(-3));
  CHECK(run("max.xorsign.abs.f32", {f32(-3), f32(-2)}) == f32(3));
  CHECK(run("max.ftz.f32", {1, 0}) == 0);
  CHECK(run("min.f32", {f32(3), f32(2), f32(1)}) == f32(1));
  CHECK(run("max.f16x2", {0x3c00c000, 0x4000bc00}) == 0x4000bc00);
  CHECK(run("min.f64", {f64(-1), f64(1)}) == f64(-1));
}

TEST_CASE("signs") {
  CHECK(run("neg.f32", {f32(1)}) == f32(-1));
  CHECK(run("abs.f64", {f64(-1)}) == f64(1));
  CHECK(run("copysign.f32", {f32(-1), f32(2)}) == f32(-2));
  CHECK(run("neg.f16x2", {0x3c00bc00}) == 0xbc003c00);
}
