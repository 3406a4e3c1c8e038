// The memory a BLAS call names. It is looked at when the call's work runs, as a kernel would: a host pointer or one
// that runs over the end of its allocation is an illegal address, not a fault of the process.
#pragma once

#include <cstdint>
#include <span>

#include "src/base/result.h"
#include "src/runtime/device.h"

namespace qiao::blas {

struct Operand {
  const char* name = "";
  const void* address = nullptr;
  uint64_t bytes = 0;  // 0: not looked at
  bool written = false;
};

// IllegalAddress for the first that is not device memory, or memory which the device reaches, in all its length.
Result<void> check(std::span<const Operand> operands, const runtime::Device& device, const char* call);

template <class T>
Operand vector(const char* name, T* x, int64_t n, int64_t inc) {
  const int64_t step = inc < 0 ? -inc : inc;
  return {name, x, n > 0 ? uint64_t((n - 1) * step + 1) * sizeof(T) : 0, !std::is_const_v<T>};
}

// `rows` of each of `columns`, which begin every `ld` elements.
template <class T>
Operand matrix(const char* name, T* a, int64_t rows, int64_t columns, int64_t ld) {
  const bool empty = rows <= 0 || columns <= 0;
  return {name, a, empty ? 0 : uint64_t((columns - 1) * ld + rows) * sizeof(T), !std::is_const_v<T>};
}

// A matrix per batch, which begin every `stride` elements.
template <class T>
Operand matrices(const char* name, T* a, int64_t rows, int64_t columns, int64_t ld, int64_t stride, int64_t count) {
  Operand one = matrix(name, a, rows, columns, ld);
  if (count > 1 && one.bytes != 0 && stride > 0) one.bytes += uint64_t((count - 1) * stride) * sizeof(T);
  return one;
}

// While it lives, the thread computes with the default rounding and without flushing: a program built with -ffast-math
// has set its threads otherwise.
class DefaultArithmetic {
 public:
  DefaultArithmetic();
  ~DefaultArithmetic();
  DefaultArithmetic(const DefaultArithmetic&) = delete;

 private:
  uint64_t saved_;
};

}  // namespace qiao::blas
