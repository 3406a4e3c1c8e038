// Directed roundings by the host's floating-point unit. Operands and results go through volatile objects: the compiler
// must not move the operation across the changes of the environment.
#include "src/isa/pure_functions.h"

#include <bit>
#include <cmath>

#include "src/isa/half_bits.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace qiao::isa {
namespace {

#if defined(__x86_64__)
uint64_t read_control() {
  return _mm_getcsr();
}
void write_control(uint64_t control) {
  _mm_setcsr(static_cast<uint32_t>(control));
}
// clang-format off
uint64_t control_for(Rounding rounding) {
  constexpr uint64_t kAllMasked = 0x1f80;
  switch (rounding) {
    case Rounding::Down: return kAllMasked | 0x2000;
    case Rounding::Up: return kAllMasked | 0x4000;
    case Rounding::Zero: return kAllMasked | 0x6000;
    default: return kAllMasked;
  }
}
#elif defined(__aarch64__)
uint64_t read_control() {
  uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
void write_control(uint64_t control) { asm volatile("msr fpcr, %0" : : "r"(control)); }
uint64_t control_for(Rounding rounding) {
  switch (rounding) {
    case Rounding::Up: return uint64_t{1} << 22;
    case Rounding::Down: return uint64_t{2} << 22;
    case Rounding::Zero: return uint64_t{3} << 22;
    default: return 0;
  }
}
#else
#error "unimplemented: the floating-point environment of this host"
// clang-format on
#endif

template <class Float>
using Word = std::conditional_t<sizeof(Float) == 4, uint32_t, uint64_t>;

template <class Float, class Operation, class... Words>
Word<Float> rounded(uint32_t rounding, Operation operation, Words... words) {
  const FloatEnvironment environment(static_cast<Rounding>(rounding));
  volatile Float result = [&](volatile auto... values) { return operation(values...); }(words...);
  return std::bit_cast<Word<Float>>(static_cast<Float>(result));
}

float f32(uint32_t bits) {
  return std::bit_cast<float>(bits);
}
double f64(uint64_t bits) {
  return std::bit_cast<double>(bits);
}

constexpr auto kAdd = [](auto a, auto b) { return a + b; };
constexpr auto kSub = [](auto a, auto b) { return a - b; };
constexpr auto kMul = [](auto a, auto b) { return a * b; };
constexpr auto kDiv = [](auto a, auto b) { return a / b; };
constexpr auto kFma = [](auto a, auto b, auto c) { return std::fma(a, b, c); };
constexpr auto kSqrt = [](auto a) { return std::sqrt(a); };
template <class Float>
constexpr auto kConvert = [](auto a) { return static_cast<Float>(a); };

}  // namespace

FloatEnvironment::FloatEnvironment(Rounding rounding) : saved_(read_control()) {
  write_control(control_for(rounding));
}
FloatEnvironment::~FloatEnvironment() {
  write_control(saved_);
}

namespace {

template <class Result, class... Arguments, size_t... I>
uint64_t call_with(Result (*function)(Arguments...), const uint64_t* words, std::index_sequence<I...>) {
  return function(static_cast<Arguments>(words[I])...);
}

template <class Result, class... Arguments>
uint64_t call_with(Result (*function)(Arguments...), const uint64_t* words) {
  return call_with(function, words, std::index_sequence_for<Arguments...>{});
}

}  // namespace

// clang-format off
uint64_t call_pure(Pure function, const uint64_t* arguments) {
  switch (function) {
#define QIAO_PURE(name, result_bits, argument_bits, count) \
  case Pure::name: return call_with(&qiao_pure_##name, arguments);
#include "src/isa/pure_functions.inc"
#undef QIAO_PURE
  }
  return 0;
}

void* address_of(Pure function) {
  switch (function) {
#define QIAO_PURE(name, result_bits, argument_bits, count) \
  case Pure::name: return reinterpret_cast<void*>(&qiao_pure_##name);
#include "src/isa/pure_functions.inc"
#undef QIAO_PURE
  }
  return nullptr;
}

// clang-format on

}  // namespace qiao::isa

using namespace qiao::isa;

// clang-format off
extern "C" {

uint32_t qiao_pure_add_f32(uint32_t a, uint32_t b, uint32_t r) { return rounded<float>(r, kAdd, f32(a), f32(b)); }
uint64_t qiao_pure_add_f64(uint64_t a, uint64_t b, uint32_t r) { return rounded<double>(r, kAdd, f64(a), f64(b)); }
uint32_t qiao_pure_sub_f32(uint32_t a, uint32_t b, uint32_t r) { return rounded<float>(r, kSub, f32(a), f32(b)); }
uint64_t qiao_pure_sub_f64(uint64_t a, uint64_t b, uint32_t r) { return rounded<double>(r, kSub, f64(a), f64(b)); }
uint32_t qiao_pure_mul_f32(uint32_t a, uint32_t b, uint32_t r) { return rounded<float>(r, kMul, f32(a), f32(b)); }
uint64_t qiao_pure_mul_f64(uint64_t a, uint64_t b, uint32_t r) { return rounded<double>(r, kMul, f64(a), f64(b)); }
uint32_t qiao_pure_div_f32(uint32_t a, uint32_t b, uint32_t r) { return rounded<float>(r, kDiv, f32(a), f32(b)); }
uint64_t qiao_pure_div_f64(uint64_t a, uint64_t b, uint32_t r) { return rounded<double>(r, kDiv, f64(a), f64(b)); }
uint32_t qiao_pure_fma_f32(uint32_t a, uint32_t b, uint32_t c, uint32_t r) {
  return rounded<float>(r, kFma, f32(a), f32(b), f32(c));
}
uint64_t qiao_pure_fma_f64(uint64_t a, uint64_t b, uint64_t c, uint32_t r) {
  return rounded<double>(r, kFma, f64(a), f64(b), f64(c));
}
uint32_t qiao_pure_sqrt_f32(uint32_t a, uint32_t r) { return rounded<float>(r, kSqrt, f32(a)); }
uint64_t qiao_pure_sqrt_f64(uint64_t a, uint32_t r) { return rounded<double>(r, kSqrt, f64(a)); }
uint32_t qiao_pure_f16_from_f32(uint32_t a, uint32_t r) { return f16_bits_of_f32(a, static_cast<Rounding>(r)); }
uint32_t qiao_pure_f32_from_f64(uint64_t a, uint32_t r) { return rounded<float>(r, kConvert<float>, f64(a)); }
uint32_t qiao_pure_f32_from_s64(uint64_t a, uint32_t r) {
  return rounded<float>(r, kConvert<float>, static_cast<int64_t>(a));
}
uint32_t qiao_pure_f32_from_u64(uint64_t a, uint32_t r) { return rounded<float>(r, kConvert<float>, a); }
uint64_t qiao_pure_f64_from_s64(uint64_t a, uint32_t r) {
  return rounded<double>(r, kConvert<double>, static_cast<int64_t>(a));
}
uint64_t qiao_pure_f64_from_u64(uint64_t a, uint32_t r) { return rounded<double>(r, kConvert<double>, a); }

}  // extern "C"
// clang-format on
