// The f32 approximations of the manual: what they approximate, and the bound it gives (PTX ISA 9.7.3).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace qiao::isa {

enum class ErrorUnit : unsigned char { Ulp, Relative, Absolute };

// Inputs |x| in [low, high) of one bound; beyond the last range the manual promises nothing.
struct ErrorBound {
  double low, high;
  ErrorUnit unit;
  double bound;
};

struct Approximation {
  const char* instruction;
  double (*exact)(double);
  // The meaning in the host domain, for many inputs; without and with .ftz (null: there is no such instruction).
  void (*host)(const uint32_t* inputs, uint32_t* outputs, uint64_t count);
  void (*host_ftz)(const uint32_t* inputs, uint32_t* outputs, uint64_t count);
  std::span<const ErrorBound> bounds;
};

std::span<const Approximation> approximations();

}  // namespace qiao::isa
