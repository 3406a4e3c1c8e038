// All 2^16 operands of the unary instructions on f16 and bf16 and of the conversions from them, in both domains.
#include <cmath>
#include <functional>

#include "tests/unit/src/isa/meaning/exhaustive/instruction_on_both.h"
#include "tests/unit/src/isa/meaning/exhaustive/small_float.h"

using namespace qiao::isa;

namespace {

// Whether a result is right for an operand.
using Judge = std::function<bool(uint64_t operand, uint64_t result)>;

void check_all_operands(const std::string& text, const Judge& judge) {
  const InstructionOnBoth instruction(text);
  Slots operands(1 << 16);
  for (size_t i = 0; i < operands.size(); ++i) operands[i] = i;
  const Slots host = instruction.on_host({&operands, 1}), compiled = instruction.compiled({&operands, 1});
  uint64_t wrong = 0, differing = 0, example = 0;
  for (uint64_t i = 0; i < operands.size(); ++i) {
    if (!judge(i, host[i])) ++wrong, example = i;
    differing += host[i] != compiled[i];
  }
  INFO(text << ": operand " << std::hex << example << " gives " << host[example]);
  CHECK(wrong == 0);
  CHECK(differing == 0);
}

struct Direction {
  const char *to_float, *to_integer;
  Rounding rounding;
};
constexpr Direction kDirections[] = {{".rn", ".rni", Rounding::NearestEven},
                                     {".rz", ".rzi", Rounding::Zero},
                                     {".rm", ".rmi", Rounding::Down},
                                     {".rp", ".rpi", Rounding::Up}};

double to_integral(Rounding rounding, double value) {
  if (std::isinf(value)) return value;
  switch (rounding) {
    case Rounding::Zero:
      return std::trunc(value);
    case Rounding::Down:
      return std::floor(value);
    case Rounding::Up:
      return std::ceil(value);
    default:
      return value - std::remainder(value, 1.0);  // remainder() takes the even one of two
  }
}

uint64_t clamped(unsigned bits, bool is_signed, double value) {  // an integer, in `bits` bits
  const double limit = std::ldexp(1, static_cast<int>(is_signed ? bits - 1 : bits));
  if (value >= limit) return HostValue::mask(is_signed ? bits - 1 : bits);
  if (value < (is_signed ? -limit : 0)) return is_signed ? uint64_t{1} << (bits - 1) : 0;
  return (is_signed ? static_cast<uint64_t>(static_cast<int64_t>(value)) : static_cast<uint64_t>(value)) &
         HostValue::mask(bits);
}

void check_to_integers(const SmallFloat& format, std::initializer_list<unsigned> widths) {
  for (unsigned bits : widths) {
    for (bool is_signed : {false, true}) {
      for (const Direction& direction : kDirections) {
        check_all_operands(std::string("cvt") + direction.to_integer + (is_signed ? ".s" : ".u") +
                               std::to_string(bits) + "." + format.name,
                           [&](uint64_t operand, uint64_t result) {
                             if (format.is_nan(operand)) return result == (bits == 64 ? uint64_t{1} << 63 : 0);
                             const double value = to_integral(direction.rounding, format.number(operand));
                             return result == clamped(bits, is_signed, value);
                           });
      }
    }
  }
}

void check_rounded(const std::string& text, const SmallFloat& from, const SmallFloat& to, Rounding rounding) {
  check_all_operands(text, [&](uint64_t operand, uint64_t result) {
    if (from.is_nan(operand)) return to.is_nan(result);
    return result == to.rounded(rounding, from.number(operand));
  });
}

// Within an absolute error and one relative to the exact value; flushed: subnormals may have become zero.
Judge within(const SmallFloat& format, double (*exact)(double), double absolute, double relative, bool ftz) {
  return [=, &format](uint64_t operand, uint64_t result) {
    if (format.is_nan(operand)) return format.is_nan(result);
    if (ftz && format.is_subnormal(operand)) operand &= format.sign();
    const double wanted = exact(format.number(operand)), got = format.number(result);
    if (std::isinf(wanted) || std::isinf(got)) return result == format.rounded(Rounding::NearestEven, wanted);
    if (ftz && format.is_subnormal(result)) return false;
    const double least = std::ldexp(1, format.least_exponent() + (ftz ? format.fraction_bits : 0));
    const bool sign_kept = std::signbit(got) == std::signbit(wanted) || absolute > std::abs(wanted);
    return sign_kept && std::abs(got - wanted) <= std::max({absolute, relative * std::abs(wanted), least});
  };
}

double exact_exp2(double x) {
  return std::exp2(x);
}
double exact_tanh(double x) {
  return std::tanh(x);
}

}  // namespace

TEST_CASE("f16 and bf16 convert to every integer as doubles do") {
  check_to_integers(kSmallF16, {8, 16, 32, 64});
  check_to_integers(kSmallBf16, {16, 32, 64});
}

TEST_CASE("f16 and bf16 convert to floats and integral floats as doubles do") {
  for (const SmallFloat* format : {&kSmallF16, &kSmallBf16}) {
    const std::string name = format->name;
    check_all_operands("cvt.f32." + name, [&](uint64_t operand, uint64_t result) {
      if (format->is_nan(operand)) return std::isnan(as_f32(result));
      return result == f32(static_cast<float>(format->number(operand)));
    });
    check_all_operands("cvt.f64." + name, [&](uint64_t operand, uint64_t result) {
      if (format->is_nan(operand)) return std::isnan(as_f64(result));
      return result == f64(format->number(operand));
    });
    for (const Direction& direction : kDirections) {
      check_all_operands("cvt" + std::string(direction.to_integer) + "." + name + "." + name,
                         [&](uint64_t operand, uint64_t result) {
                           if (format->is_nan(operand)) return format->is_nan(result);
                           const double value = format->number(operand);
                           const double whole = to_integral(direction.rounding, value);
                           return result == format->rounded(Rounding::NearestEven, std::copysign(whole, value));
                         });
    }
  }
  for (const Direction& direction : kDirections) {
    check_rounded("cvt" + std::string(direction.to_float) + ".bf16.f16", kSmallF16, kSmallBf16, direction.rounding);
    check_rounded("cvt" + std::string(direction.to_float) + ".f16.bf16", kSmallBf16, kSmallF16, direction.rounding);
  }
}

TEST_CASE("f16 and bf16 signs") {
  for (const SmallFloat* format : {&kSmallF16, &kSmallBf16}) {
    for (bool ftz : {false, true}) {
      if (ftz && format == &kSmallBf16) continue;
      const std::string suffix = (ftz ? ".ftz." : ".") + std::string(format->name);
      const auto flushed = [=](uint64_t bits) {
        return ftz && format->is_subnormal(bits) ? bits & format->sign() : bits;
      };
      check_all_operands("abs" + suffix, [=](uint64_t operand, uint64_t result) {
        if (format->is_nan(operand)) return format->is_nan(result);
        return result == (flushed(operand) & format->magnitudes());
      });
      check_all_operands("neg" + suffix, [=](uint64_t operand, uint64_t result) {
        if (format->is_nan(operand)) return format->is_nan(result);
        return result == (flushed(operand) ^ format->sign());
      });
    }
  }
}

TEST_CASE("f16 and bf16 approximations keep the manual's bounds") {  // PTX ISA 9.7.4.9, 9.7.4.10
  check_all_operands("ex2.approx.f16", within(kSmallF16, exact_exp2, 0, std::exp2(-9.9), false));
  check_all_operands("ex2.approx.ftz.bf16", within(kSmallBf16, exact_exp2, 0, std::exp2(-7), true));
  check_all_operands("tanh.approx.f16", within(kSmallF16, exact_tanh, std::exp2(-10.987), 0, false));
  check_all_operands("tanh.approx.bf16", within(kSmallBf16, exact_tanh, std::exp2(-8), 0, false));
}
