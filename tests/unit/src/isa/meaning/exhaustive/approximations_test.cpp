// Every f32 input of every f32 approximation (a sample without QIAO_SWEEP=all): compiled code within the manual's bound
// of a double reference, and the host domain with the same bits. Doubles are enough: their error is 2^-29 of the
// bounds.
#include "tests/unit/src/isa/meaning/exhaustive/approximations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <sstream>

#include "src/isa/pure_functions.h"
#include "tests/unit/src/isa/meaning/evaluate_text.h"
#include "tests/unit/src/isa/meaning/exhaustive/compiled.h"
#include "tests/unit/src/isa/meaning/exhaustive/sweep.h"

using namespace qiao::isa;

namespace {

constexpr uint32_t kNan = 0x7fffffff, kInfinity = 0x7f800000, kChunk = 1 << 22;

uint32_t flushed(uint32_t bits) {
  return (bits & kInfinity) == 0 ? bits & 0x80000000 : bits;
}

// What one sweep found.
struct Findings {
  std::array<double, 4> worst{};  // error by bound, in its unit
  uint64_t wrong = 0, differing = 0;
  uint32_t example = 0;

  void add(const Findings& other) {
    for (size_t i = 0; i < worst.size(); ++i) worst[i] = std::max(worst[i], other.worst[i]);
    if (other.wrong + other.differing != 0) example = other.example;
    wrong += other.wrong;
    differing += other.differing;
  }
};

double scale_of(ErrorUnit unit, double exact) {
  if (unit == ErrorUnit::Absolute) return 1;
  if (unit == ErrorUnit::Relative) return std::abs(exact);
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

bool within_bounds(const Approximation& approximation, double x, uint32_t bits, Findings& findings) {
  const ErrorBound& last = approximation.bounds.back();
  const float result = as_f32(bits);
  if (std::isfinite(x) && std::abs(x) > last.high) return std::abs(result) <= 1;  // sin, cos: best effort
  double exact = approximation.exact(x);
  if (std::isnan(exact)) return bits == kNan;
  if (exact == 0 || std::isinf(exact))
    return static_cast<double>(result) == exact && std::signbit(result) == std::signbit(exact);
  if (std::isnan(result)) return false;
  exact = std::clamp(exact, -0x1p128, 0x1p128);  // overflow: an infinity is one step beyond the largest number
  const double got = std::isinf(result) ? std::copysign(0x1p128, result) : result;
  bool within = true;
  for (size_t i = 0; i < approximation.bounds.size(); ++i) {
    const ErrorBound& bound = approximation.bounds[i];
    if (std::abs(x) < bound.low || std::abs(x) > bound.high) continue;
    const double error = std::abs(got - exact) / scale_of(bound.unit, exact);
    findings.worst[i] = std::max(findings.worst[i], error);
    within = within && error <= bound.bound;
  }
  return within;
}

// Inputs first, first + stride, ...: the results of the plain instruction and of the one with .ftz (if there is one).
struct Chunk {
  uint32_t first, stride;
  std::span<const uint32_t> plain, ftz;
};

Findings check_part(const Approximation& approximation, const Chunk& chunk, uint64_t begin, uint64_t end) {
  Findings findings;
  std::vector<uint32_t> inputs(end - begin), host(end - begin);
  for (uint64_t i = begin; i < end; ++i) inputs[i - begin] = chunk.first + static_cast<uint32_t>(i) * chunk.stride;
  const auto note = [&](uint64_t& count, uint32_t input) { ++count, findings.example = input; };
  approximation.host(inputs.data(), host.data(), host.size());
  for (uint64_t i = begin; i < end; ++i) {
    const uint32_t input = inputs[i - begin], got = chunk.plain[i];
    if (host[i - begin] != got) note(findings.differing, input);
    if (!within_bounds(approximation, as_f32(input), got, findings)) note(findings.wrong, input);
  }
  if (approximation.host_ftz == nullptr) return findings;
  approximation.host_ftz(inputs.data(), host.data(), host.size());
  const uint32_t zeros[] = {0, 0x80000000};
  uint32_t of_zeros[2];
  approximation.host(zeros, of_zeros, 2);
  for (uint64_t i = begin; i < end; ++i) {
    const uint32_t input = inputs[i - begin];
    const uint32_t unflushed = input == flushed(input) ? chunk.plain[i] : of_zeros[input >> 31];
    if (host[i - begin] != chunk.ftz[i]) note(findings.differing, input);
    if (chunk.ftz[i] != flushed(unflushed)) note(findings.wrong, input);
  }
  return findings;
}

std::string kernel_of(const Approximation& approximation) {
  const std::string plain = approximation.instruction;
  std::string text = kernel_head(3, ".reg .f32 %f<4>;\n");
  text +=
      "cvt.u32.u64 %t0, %p2;\nshr.u64 %p3, %p2, 32;\ncvt.u32.u64 %t1, %p3;\nmad.lo.u32 %t2, %index, %t1, %t0;\n"
      "mov.b32 %f0, %t2;\n" +
      plain +
      " %f1, %f0;\n"
      "mul.wide.u32 %p4, %index, 4;\nadd.u64 %p0, %p0, %p4;\nadd.u64 %p1, %p1, %p4;\nst.global.f32 [%p0], %f1;\n";
  if (approximation.host_ftz != nullptr) {
    text += std::string(plain).replace(plain.find(".f32"), 4, ".ftz.f32") + " %f2, %f0;\nst.global.f32 [%p1], %f2;\n";
  }
  return text + "ret;\n}\n";
}

Findings sweep(const Approximation& approximation) {
  // An odd stride visits other low bits each time; the last inputs of a sample wrap, harmlessly.
  const uint32_t stride = sweeps_everything() ? 1 : 8191;
  const uint64_t inputs = (uint64_t{1} << 32) / stride;
  CompiledKernel kernel("warp", kernel_of(approximation));
  DeviceWords<uint32_t> plain(kernel.device(), kChunk), ftz(kernel.device(), kChunk);
  Findings findings;
  std::mutex adding;
  for (uint64_t begin = 0; begin < inputs; begin += kChunk) {
    const auto first = static_cast<uint32_t>(begin * stride);
    kernel.launch(kChunk, {plain.address(), ftz.address(), uint64_t{stride} << 32 | first});
    const Chunk chunk{first, stride, plain.words(), ftz.words()};
    sweep_in_parallel(std::min<uint64_t>(kChunk, inputs - begin), [&](uint64_t from, uint64_t to) {
      const FloatEnvironment environment;
      const Findings part = check_part(approximation, chunk, from, to);
      const std::lock_guard lock(adding);
      findings.add(part);
    });
  }
  return findings;
}

const char* name_of(ErrorUnit unit) {
  return unit == ErrorUnit::Ulp ? "ulp" : unit == ErrorUnit::Relative ? "relative" : "absolute";
}

}  // namespace

TEST_CASE("f32 approximations keep the manual's bounds, with the same bits in both domains") {
  for (const Approximation& approximation : approximations()) {
    const Findings findings = sweep(approximation);
    std::ostringstream report;
    report << approximation.instruction;
    for (size_t i = 0; i < approximation.bounds.size(); ++i) {
      const ErrorBound& bound = approximation.bounds[i];
      report << "; " << bound.low << ".." << bound.high << ": " << findings.worst[i] << " of " << bound.bound << " "
             << name_of(bound.unit) << " (2^" << std::log2(findings.worst[i]) << ")";
    }
    if (sweeps_everything()) WARN(report.str());
    INFO(report.str() << "; example " << std::hex << findings.example);
    CHECK(findings.wrong == 0);
    CHECK(findings.differing == 0);
  }
}
