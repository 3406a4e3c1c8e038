// The list of approximations, and their meanings over HostValue compiled in one piece with HostValue's primitives (the
// file of the library, included): inlined, they are fast enough for all 2^32 inputs.
#include "tests/unit/src/isa/meaning/exhaustive/approximations.h"

#include <cmath>
#include <limits>

#include "src/isa/host_value.cpp"
#include "src/isa/meaning/approx.h"

namespace qiao::isa {
namespace {

using meaning::FloatMode;

template <auto kMeaning, bool kFtz>
[[gnu::flatten]] void run_meaning(const uint32_t* inputs, uint32_t* outputs, uint64_t count) {
  constexpr FloatMode kMode{Type::F32, Rounding::NearestEven, kFtz};
  for (uint64_t i = 0; i < count; ++i) {
    outputs[i] = static_cast<uint32_t>(kMeaning(kMode, HostValue(32, inputs[i])).bits());
  }
}

// clang-format off
constexpr auto kEx2 = [](const FloatMode& mode, HostValue a) { return meaning::ex2(mode, a); };
constexpr auto kLg2 = [](const FloatMode& mode, HostValue a) { return meaning::lg2(mode, a); };
constexpr auto kSin = [](const FloatMode& mode, HostValue a) { return meaning::sin(mode, a); };
constexpr auto kCos = [](const FloatMode& mode, HostValue a) { return meaning::cos(mode, a); };
constexpr auto kTanh = [](const FloatMode& mode, HostValue a) { return meaning::tanh(mode, a); };
constexpr auto kRcp = [](const FloatMode& mode, HostValue a) { return meaning::rcp_approx(mode, a); };
constexpr auto kSqrt = [](const FloatMode& mode, HostValue a) { return meaning::sqrt_approx(mode, a); };
constexpr auto kRsqrt = [](const FloatMode& mode, HostValue a) { return meaning::rsqrt_approx(mode, a); };

double exact_ex2(double x) { return std::exp2(x); }
double exact_lg2(double x) { return std::log2(x); }
double exact_sin(double x) { return std::sin(x); }
double exact_cos(double x) { return std::cos(x); }
double exact_tanh(double x) { return std::tanh(x); }
double exact_rcp(double x) { return 1 / x; }
double exact_sqrt(double x) { return std::sqrt(x); }
double exact_rsqrt(double x) { return 1 / std::sqrt(x); }

constexpr double kAll = std::numeric_limits<double>::infinity();
constexpr double k2 = 1.0 / (1 << 23);  // 2^-23
constexpr ErrorBound kEx2Bounds[] = {{0, kAll, ErrorUnit::Ulp, 2.0}};
// (0.5, 2): absolute
constexpr ErrorBound kLg2Bounds[] = {{0, 0.5000000298023224, ErrorUnit::Relative, 2 * k2}, {0.5, 2, ErrorUnit::Absolute, 2 * k2},
                                     {2, kAll, ErrorUnit::Relative, 2 * k2}};
constexpr ErrorBound kSinBounds[] = {{0, 6.283185307179587, ErrorUnit::Absolute, 6.743495761743061e-07},   // 2^-20.5
                                     {0, 314.1592653589793, ErrorUnit::Absolute, 3.757000934757117e-05}};  // 2^-14.7
constexpr ErrorBound kTanhBounds[] = {{0, kAll, ErrorUnit::Relative, 4096 * k2}};                          // 2^-11
constexpr ErrorBound kRcpBounds[] = {{0, kAll, ErrorUnit::Ulp, 1.0}};
constexpr ErrorBound kSqrtBounds[] = {{0, kAll, ErrorUnit::Relative, k2}};
constexpr ErrorBound kRsqrtBounds[] = {{0, kAll, ErrorUnit::Relative, 1.2776663471427e-07}};  // 2^-22.9

constexpr Approximation kApproximations[] = {
    {"ex2.approx.f32", exact_ex2, run_meaning<kEx2, false>, run_meaning<kEx2, true>, kEx2Bounds},
    {"lg2.approx.f32", exact_lg2, run_meaning<kLg2, false>, run_meaning<kLg2, true>, kLg2Bounds},
    {"sin.approx.f32", exact_sin, run_meaning<kSin, false>, run_meaning<kSin, true>, kSinBounds},
    {"cos.approx.f32", exact_cos, run_meaning<kCos, false>, run_meaning<kCos, true>, kSinBounds},
    {"tanh.approx.f32", exact_tanh, run_meaning<kTanh, false>, nullptr, kTanhBounds},
    {"rcp.approx.f32", exact_rcp, run_meaning<kRcp, false>, run_meaning<kRcp, true>, kRcpBounds},
    {"sqrt.approx.f32", exact_sqrt, run_meaning<kSqrt, false>, run_meaning<kSqrt, true>, kSqrtBounds},
    {"rsqrt.approx.f32", exact_rsqrt, run_meaning<kRsqrt, false>, run_meaning<kRsqrt, true>, kRsqrtBounds},
};
// clang-format on

}  // namespace

std::span<const Approximation> approximations() {
  return kApproximations;
}

}  // namespace qiao::isa
