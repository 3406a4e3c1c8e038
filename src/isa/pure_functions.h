// The out-of-line pure functions which meanings reach through host_call (domain.h): IEEE operations with a rounding
// direction given at run time. extern "C", so that compiled code can call them by symbol. They set their own
// floating-point environment and restore the caller's.
#pragma once

#include <cstdint>

#include "src/isa/domain.h"

extern "C" {
#define QIAO_ROUNDED_2(name, word) word qiao_pure_##name(word, uint32_t rounding);
#define QIAO_ROUNDED_3(name, word) word qiao_pure_##name(word, word, uint32_t rounding);
#define QIAO_ROUNDED_4(name, word) word qiao_pure_##name(word, word, word, uint32_t rounding);
#define QIAO_ROUNDED_FROM(name, word, source) word qiao_pure_##name(source, uint32_t rounding);
QIAO_ROUNDED_3(add_f32, uint32_t)
QIAO_ROUNDED_3(add_f64, uint64_t)
QIAO_ROUNDED_3(div_f32, uint32_t)
QIAO_ROUNDED_3(div_f64, uint64_t)
QIAO_ROUNDED_2(f16_from_f32, uint32_t)
QIAO_ROUNDED_FROM(f32_from_f64, uint32_t, uint64_t)
QIAO_ROUNDED_FROM(f32_from_s64, uint32_t, uint64_t)
QIAO_ROUNDED_FROM(f32_from_u64, uint32_t, uint64_t)
QIAO_ROUNDED_2(f64_from_s64, uint64_t)
QIAO_ROUNDED_2(f64_from_u64, uint64_t)
QIAO_ROUNDED_4(fma_f32, uint32_t)
QIAO_ROUNDED_4(fma_f64, uint64_t)
QIAO_ROUNDED_3(mul_f32, uint32_t)
QIAO_ROUNDED_3(mul_f64, uint64_t)
QIAO_ROUNDED_2(sqrt_f32, uint32_t)
QIAO_ROUNDED_2(sqrt_f64, uint64_t)
QIAO_ROUNDED_3(sub_f32, uint32_t)
QIAO_ROUNDED_3(sub_f64, uint64_t)
#undef QIAO_ROUNDED_2
#undef QIAO_ROUNDED_3
#undef QIAO_ROUNDED_4
#undef QIAO_ROUNDED_FROM
}

namespace qiao::isa {

// Loads the default floating-point environment (round to nearest, subnormals kept, no traps), with a rounding direction
// when one is given; restores the caller's at the end. Programs built with -ffast-math call us with flush-to-zero set.
class FloatEnvironment {
 public:
  explicit FloatEnvironment(Rounding rounding = Rounding::NearestEven);
  ~FloatEnvironment();
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
  uint64_t saved_;
};

// Calls a function by its row: arguments widened to 64 bits, the last one a Rounding.
uint64_t call_pure(Pure function, const uint64_t* arguments);
// Its address, for the linker of compiled code.
void* address_of(Pure function);

}  // namespace qiao::isa
