// The approximations that no sweep of all operands reaches: division of f32, reciprocals and roots of f64. Random
// operands in both domains, against doubles and MPFR, within the manual's bounds or, where it gives none, ours.
#include <cmath>
#include <functional>
#include <mutex>
#include <sstream>

#include "tests/unit/src/isa/meaning/exhaustive/instruction_on_both.h"
#include "tests/unit/src/isa/mpfr_format.h"
#include "tests/unit/src/isa/meaning/exhaustive/operands.h"
#include "tests/unit/src/isa/meaning/exhaustive/sweep.h"

using namespace qiao::isa;

namespace {

// The error of one result in the unit of the bound; infinity when it is wrong outright.
using Error = std::function<double(std::span<const uint64_t> operands, uint64_t result)>;
constexpr double kWrong = std::numeric_limits<double>::infinity();

void check_error(const std::string& text, const std::vector<Slots>& operands, double bound, const Error& error) {
  const InstructionOnBoth instruction(text);
  const Slots host = instruction.on_host(operands), compiled = instruction.compiled(operands);
  double worst = 0;
  uint64_t differing = 0, example = 0;
  std::mutex adding;
  sweep_in_parallel(host.size(), [&](uint64_t begin, uint64_t end) {
    std::vector<uint64_t> one(operands.size());
    for (uint64_t i = begin; i < end; ++i) {
      for (size_t k = 0; k < one.size(); ++k) one[k] = operands[k][i];
      const double found = error(one, host[i]);
      if (found <= worst && host[i] == compiled[i]) continue;
      const std::lock_guard lock(adding);
      if (found > worst) worst = found, example = i;
      differing += host[i] != compiled[i];
    }
    mpfr_free_cache();
  });
  std::ostringstream report;
  report << text << ": " << worst << " of " << bound << std::hex;
  for (const Slots& slots : operands) report << ", " << slots[example];
  report << " gives " << host[example];
  if (sweeps_everything()) WARN(report.str());
  INFO(report.str());
  CHECK(worst <= bound);
  CHECK(differing == 0);
}

double same_or_wrong(double a, double b) {
  return same_number(a, b) ? 0 : kWrong;
}

double ulp_of(const MpfrFormat& format, double value) {
  const int exponent = value == 0 ? static_cast<int>(format.least) : std::ilogb(value);
  return std::ldexp(1, std::max(exponent - static_cast<int>(format.fraction_bits), static_cast<int>(format.least) - 1));
}

double flushed(bool ftz, double f32_value) {
  return ftz && std::abs(f32_value) < 0x1p-126 ? std::copysign(0.0, f32_value) : f32_value;
}

Error division_error(bool approx, bool ftz) {
  return [=](std::span<const uint64_t> one, uint64_t bits) {
    const double a = flushed(ftz, kMpfrF32.number(one[0])), b = flushed(ftz, kMpfrF32.number(one[1]));
    double got = kMpfrF32.number(bits);
    if (approx && std::abs(b) > 0x1p126 && !std::isinf(b)) {  // PTX ISA 9.7.3.8
      return same_or_wrong(got, !std::isfinite(a) ? std::nan("") : std::copysign(0.0, a) * std::copysign(1, b));
    }
    double exact = a / b;
    if (std::isnan(exact) || std::isinf(exact) || exact == 0) return same_or_wrong(got, exact);
    if (ftz && std::abs(exact) < 0x1p-126 && got == 0) got = exact;  // flushed
    if (ftz && std::abs(got) < 0x1p-126 && got != exact) return kWrong;
    if (std::isnan(got) || std::signbit(got) != std::signbit(exact)) return kWrong;
    exact = std::clamp(exact, -0x1p128, 0x1p128);
    if (std::isinf(got)) got = std::copysign(0x1p128, got);
    return std::abs(got - exact) / ulp_of(kMpfrF32, exact);
  };
}

// Relative to 1/a or 1/sqrt(a); `gross`: only upper words count, subnormals are zeros.
Error f64_error(bool root, bool gross) {
  return [=](std::span<const uint64_t> one, uint64_t bits) {
    double a = as_f64(gross ? one[0] & 0xffffffff00000000 : one[0]);
    if (gross && std::abs(a) < 0x1p-1022) a = std::copysign(0.0, a);
    const double got = as_f64(bits);
    if (gross && (bits & 0xffffffff) != 0) return kWrong;
    const double near = root ? 1 / std::sqrt(a) : 1 / a;
    if (gross && std::isnan(near)) return bits == 0x7fffffff00000000 ? 0 : kWrong;
    if (std::isnan(near) || std::isinf(near) || near == 0) return same_or_wrong(got, near);
    if (gross && std::abs(near) < 0x1p-1022) return same_or_wrong(got, std::copysign(0.0, near));
    MpfrNumber exact(200), difference(200);
    mpfr_set_d(exact, a, MPFR_RNDN);
    root ? mpfr_rec_sqrt(exact, exact, MPFR_RNDN) : mpfr_ui_div(exact, 1, exact, MPFR_RNDN);
    mpfr_sub_d(difference, exact, got, MPFR_RNDN);
    mpfr_div(difference, difference, exact, MPFR_RNDN);
    return std::abs(mpfr_get_d(difference, MPFR_RNDN));
  };
}

}  // namespace

TEST_CASE("approximate divisions are within 2 ulp") {
  const std::vector<Slots> operands = float_operands(kMpfrF32, 2, 17);
  check_error("div.approx.f32", operands, 2, division_error(true, false));
  check_error("div.approx.ftz.f32", operands, 2, division_error(true, true));
  check_error("div.full.f32", operands, 2, division_error(false, false));
  check_error("div.full.ftz.f32", operands, 2, division_error(false, true));
}

TEST_CASE("approximate reciprocals and roots of f64") {  // the manual gives no bound
  const std::vector<Slots> operands = float_operands(kMpfrF64, 1, 18);
  check_error("rcp.approx.ftz.f64", operands, 0x1p-20, f64_error(false, true));
  check_error("rsqrt.approx.ftz.f64", operands, 0x1p-20, f64_error(true, true));
  check_error("rsqrt.approx.f64", operands, 0x1p-52, f64_error(true, false));
}
