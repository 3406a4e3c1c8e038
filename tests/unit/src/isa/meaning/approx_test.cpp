// The approximate operations against double references, within the manual's bounds, on sampled operands; special
// values.
#include <random>

#include "tests/unit/src/isa/meaning/evaluate_text.h"

using namespace qiao::isa;

namespace {

constexpr uint64_t kNan = 0x7fffffff, kInf = 0x7f800000, kNegInf = 0xff800000;

double ulp(double value) {  // of f32
  int exponent;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

// The greatest error over samples of [low, high], in the unit which `scale` gives.
template <class Reference, class Scale>
double worst(std::string_view text, double low, double high, Reference reference, Scale scale) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> sample(low, high);
  double worst = 0;
  for (int i = 0; i < 20000; ++i) {
    const float x = static_cast<float>(sample(random));
    const double wanted = reference(double{x});
    const double error = std::abs(as_f32(run(text, {f32(x)})) - wanted) / scale(wanted);
    worst = std::max(worst, error);
  }
  return worst;
}

double one(double) {
  return 1.0;
}
double relative(double value) {
  return std::abs(value);
}

}  // namespace

TEST_CASE("ex2 is within 2 ulp, subnormal results included") {
  CHECK(worst(
            "ex2.approx.f32", -149, 128, [](double x) { return std::exp2(x); }, ulp) <= 2.0);
  CHECK(worst(
            "ex2.approx.f32", -1, 1, [](double x) { return std::exp2(x); }, ulp) <= 2.0);
  CHECK(run("ex2.approx.f32", {kNegInf}) == 0);
  CHECK(run("ex2.approx.f32", {kInf}) == kInf);
  CHECK(run("ex2.approx.f32", {0x80000000}) == f32(1.0f));
  CHECK(run("ex2.approx.f32", {f32(NAN)}) == kNan);
  CHECK(run("ex2.approx.f32", {f32(10.0f)}) == f32(1024.0f));
  CHECK(run("ex2.approx.ftz.f32", {f32(-130.0f)}) == 0);
  CHECK(run("ex2.approx.f16", {0x4000}) == 0x4400);
}

TEST_CASE("lg2 is within 2^-22") {
  const auto log2 = [](double x) { return std::log2(x); };
  CHECK(worst("lg2.approx.f32", 0.5, 2, log2, one) <= 0x1p-22);
  CHECK(worst("lg2.approx.f32", 2, 3e38, log2, relative) <= 0x1p-22);
  CHECK(worst("lg2.approx.f32", 1e-44, 1e-38, log2, relative) <= 0x1p-22);
  CHECK(run("lg2.approx.f32", {0}) == kNegInf);
  CHECK(run("lg2.approx.f32", {0x80000000}) == kNegInf);
  CHECK(run("lg2.approx.f32", {f32(-1.0f)}) == kNan);
  CHECK(run("lg2.approx.f32", {kInf}) == kInf);
  CHECK(run("lg2.approx.f32", {f32(1.0f)}) == 0);
  CHECK(run("lg2.approx.f32", {1}) == f32(-149.0f));
  CHECK(run("lg2.approx.ftz.f32", {1}) == kNegInf);
}

TEST_CASE("sin and cos are within 2^-20.5, 2^-14.7 far out") {
  const double near = std::exp2(-20.5), far = std::exp2(-14.7);
  const auto sine = [](double x) { return std::sin(x); };
  const auto cosine = [](double x) { return std::cos(x); };
  CHECK(worst("sin.approx.f32", -2 * M_PI, 2 * M_PI, sine, one) <= near);
  CHECK(worst("cos.approx.f32", -2 * M_PI, 2 * M_PI, cosine, one) <= near);
  CHECK(worst("sin.approx.f32", -100 * M_PI, 100 * M_PI, sine, one) <= far);
  CHECK(worst("cos.approx.f32", -100 * M_PI, 100 * M_PI, cosine, one) <= far);
  CHECK(run("sin.approx.f32", {0x80000000}) == 0x80000000);
  CHECK(run("cos.approx.f32", {0}) == f32(1.0f));
  CHECK(run("sin.approx.f32", {kInf}) == kNan);
  CHECK(run("cos.approx.f32", {kNegInf}) == kNan);
  CHECK(std::abs(as_f32(run("sin.approx.f32", {f32(3e38f)}))) <= 1.0f);
}

TEST_CASE("tanh is within 2^-11, relative") {
  CHECK(worst(
            "tanh.approx.f32", -10, 10, [](double x) { return std::tanh(x); }, relative) <= 0x1p-11);
  CHECK(worst(
            "tanh.approx.f32", -1e-3, 1e-3, [](double x) { return std::tanh(x); }, relative) <= 0x1p-11);
  CHECK(run("tanh.approx.f32", {kInf}) == f32(1.0f));
  CHECK(run("tanh.approx.f32", {kNegInf}) == f32(-1.0f));
  CHECK(run("tanh.approx.f32", {0x80000000}) == 0x80000000);
  CHECK(run("tanh.approx.f32", {1}) == 1);
  CHECK(run("tanh.approx.f32", {f32(NAN)}) == kNan);
}

TEST_CASE("reciprocals and roots") {
  CHECK(worst(
            "rcp.approx.f32", 1e-3, 1e3, [](double x) { return 1 / x; }, ulp) <= 1.0);
  CHECK(worst(
            "sqrt.approx.f32", 0, 1e9, [](double x) { return std::sqrt(x); }, relative) <= 0x1p-23);
  CHECK(worst(
            "rsqrt.approx.f32", 1e-9, 1e9, [](double x) { return 1 / std::sqrt(x); }, relative) <= std::exp2(-22.9));
  CHECK(run("rcp.approx.f32", {0x80000000}) == kNegInf);
  CHECK(run("rcp.approx.f32", {kInf}) == 0);
  CHECK(run("rsqrt.approx.f32", {0x80000000}) == kNegInf);
  CHECK(run("rsqrt.approx.f32", {f32(-1.0f)}) == kNan);
  CHECK(run("rsqrt.approx.ftz.f32", {1}) == kInf);
  CHECK(run("rcp.approx.ftz.f64", {f64(4.0)}) == f64(0.25));
  CHECK(run("rcp.approx.ftz.f64", {f64(NAN)}) == 0x7fffffff00000000);
  CHECK(run("rcp.approx.ftz.f64", {1}) == f64(INFINITY));
  CHECK(run("rsqrt.approx.ftz.f64", {f64(4.0)}) == f64(0.5));
}

TEST_CASE("approximate division") {
  CHECK(run("div.approx.f32", {f32(6.0f), f32(3.0f)}) == f32(2.0f));
  CHECK(run("div.approx.f32", {f32(5.0f), f32(0x1.8p126f)}) == 0);
  CHECK(run("div.approx.f32", {kInf, f32(0x1.8p126f)}) == kNan);
  CHECK(run("div.approx.f32", {0, 1}) == 0);  // not 0 * (1/b), whose reciprocal overflows
  CHECK(run("div.full.f32", {f32(5.0f), f32(0x1p127f)}) == f32(5.0f * 0x1p-127f));
}
