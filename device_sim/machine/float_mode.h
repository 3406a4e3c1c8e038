// The host's floating-point control word while kernel code runs: round to nearest, no traps, denormals kept or flushed
// whatever the program has set (design D10).
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace qiao::machine {

// Whether kernels whose f32 instructions all have .ftz run in the host's flushing mode. x86 flushes a result that is
// below the smallest normal number when rounded to 24 bits; AArch64 looks before it rounds and leaves fewer numbers,
// so that its programs keep the explicit form.
#if defined(__x86_64__)
inline constexpr bool kHostFlushesAfterRounding = true;
using FloatMode = uint32_t;
inline FloatMode float_mode() {
  return _mm_getcsr();
}
inline void set_float_mode(FloatMode mode) {
  _mm_setcsr(mode);
}
inline FloatMode kernel_float_mode(bool flush_denormals) {
  constexpr uint32_t kMasked = 0x1f80, kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  return kMasked | (flush_denormals ? kFlushToZero | kDenormalsAreZero : 0);
}
#elif defined(__aarch64__)
inline constexpr bool kHostFlushesAfterRounding = false;
using FloatMode = uint64_t;
inline FloatMode float_mode() {
  FloatMode mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
inline void set_float_mode(FloatMode mode) {
  asm volatile("msr fpcr, %0" : : "r"(mode));
}
inline FloatMode kernel_float_mode(bool flush_denormals) {
  return flush_denormals ? uint64_t{1} << 24 : 0;
}
#else
#error "unimplemented: floating-point control word of this host"
#endif

}  // namespace qiao::machine
