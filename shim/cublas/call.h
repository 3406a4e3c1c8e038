// One BLAS call on its way: the checks of its arguments, of which the first that fails decides the status, its scalars,
// and its work, which is put in the handle's stream, or in the graph which that stream captures.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "shim/cublas/handle.h"
#include "src/blas/openblas.h"
#include "src/blas/operands.h"

namespace qiao::shim {

using blas::matrices;
using blas::matrix;
using blas::Operand;
using blas::vector;

// A scalar argument: its value, or where the device reads it when the work runs.
template <class T>
struct Scalar {
  T value{};
  const T* device = nullptr;
  T get() const { return device ? *device : value; }
  Operand operand(const char* name) const { return {name, device, device ? sizeof(T) : 0, false}; }
};

class Call {
 public:
  Call(const char* name, cublasHandle_t handle);
  // For cuBLASLt, whose calls name their stream.
  Call(const char* name, std::shared_ptr<runtime::Context> context, cudaStream_t stream, bool device_scalars);

  const char* name() const { return name_; }
  bool good() const { return status_ == CUBLAS_STATUS_SUCCESS; }
  cublasStatus_t status() const { return status_; }
  bool device_scalars() const { return device_scalars_; }
  cublasMath_t math_mode() const { return math_mode_; }
  const runtime::Device& device() const { return context_->device(); }

  void require(bool fine, const char* what);
  void refuse(std::string what);

  // Numbers: what the library behind takes is an int. A size may be 0, an increment may not.
  template <class I>
  int size(const char* what, I number) {
    require(number >= 0, what);
    return narrow(what, number);
  }
  template <class I>
  int leading(const char* what, I number, int least) {
    require(number >= std::max(1, least), what);
    return narrow(what, number);
  }
  template <class I>
  int increment(const char* what, I number) {
    require(number != 0, what);
    return narrow(what, number);
  }
  template <class I>
  int narrow(const char* what, I number) {
    constexpr int kMost = std::numeric_limits<int>::max();
    if (int64_t(number) <= kMost && int64_t(number) >= -int64_t(kMost)) return int(number);
    refuse(std::string(what) + " does not fit in 32 bits");
    return 0;
  }

  // Enumerations, as Fortran's letters; `op` may be restricted to some.
  char op(const char* what, cublasOperation_t value, const char* allowed = "NTC");
  char fill(cublasFillMode_t value);
  char side(cublasSideMode_t value);
  char diag(cublasDiagType_t value);

  template <class T>
  Scalar<T> scalar(const char* what, const T* pointer) {
    require(pointer != nullptr, what);
    if (!good() || device_scalars_) return {T{}, pointer};
    return {*pointer, nullptr};
  }

  // Nothing to do: what is wrong, or success.
  cublasStatus_t done() const { return status_; }

  // `work() -> void` or `Result<void>` runs in the stream's order, once the operands are found to be there.
  template <class F>
  cublasStatus_t run(std::vector<Operand> operands, F work) {
    if (!good()) return status_;
    if (any_memory_) return run_now(checked({}, std::move(work)));
    return enqueue(checked(std::move(operands), std::move(work)));
  }

  // The same for a call with a result, `compute() -> R`: it waits unless the result goes to device memory.
  template <class R, class F>
  cublasStatus_t result(R* to, std::vector<Operand> operands, F compute) {
    require(to != nullptr, "result");
    if (!good()) return status_;
    if (device_scalars_) operands.push_back(vector("result", to, 1, 1));
    auto work = checked(std::move(operands), [to, compute] { *to = static_cast<R>(compute()); });
    return device_scalars_ ? enqueue(std::move(work)) : run_now(std::move(work));
  }
  // For calls which leave results in several places: `work` is run as `result` would.
  template <class F>
  cublasStatus_t run_for_results(std::vector<Operand> operands, F work) {
    if (!good()) return status_;
    auto wrapped = checked(std::move(operands), std::move(work));
    return device_scalars_ ? enqueue(std::move(wrapped)) : run_now(std::move(wrapped));
  }

 private:
  using Work = runtime::Stream::Work;

  template <class F>
  Work checked(std::vector<Operand> operands, F work) {
    return [operands = std::move(operands), work = std::move(work), context = context_.get(),
            name = name_]() -> Result<void> {
      if (Result<void> there = blas::check(operands, context->device(), name); !there) return there;
      const blas::DefaultArithmetic arithmetic;
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        return {};
      } else {
        return work();
      }
    };
  }
  Result<std::shared_ptr<runtime::Stream>> stream() const;
  cublasStatus_t enqueue(Work work);
  cublasStatus_t run_now(Work work);

  const char* name_;
  cublasStatus_t status_ = CUBLAS_STATUS_SUCCESS;
  std::shared_ptr<runtime::Context> context_;
  cudaStream_t stream_ = nullptr;
  bool device_scalars_ = false;
  bool any_memory_ = false;
  cublasMath_t math_mode_ = CUBLAS_DEFAULT_MATH;
};

// The letter of a type in names, and the name of a call: named<float, "gemm">() is "cublasSgemm".
template <class T>
inline constexpr char letter = std::is_same_v<T, float>                 ? 'S'
                               : std::is_same_v<T, double>              ? 'D'
                               : std::is_same_v<T, std::complex<float>> ? 'C'
                                                                        : 'Z';
template <size_t N>
struct Text {
  char text[N];
  constexpr Text(const char (&from)[N]) { std::copy_n(from, N, text); }
};
template <class T, Text Base>
const char* named() {
  static const std::string name = std::string("cublas") + letter<T> + Base.text;
  return name.c_str();
}

}  // namespace qiao::shim

// Registers a family: F<T, int> as PREFIX letter BASE, F<T, int64_t> as the same with _64.
#define QIAO_BLAS_WIDTHS(name, name64, function, ...)      \
  QIAO_BLAS_BODY(Cublas, name, function<__VA_ARGS__, int>) \
  QIAO_BLAS_BODY(Cublas, name64, function<__VA_ARGS__, int64_t>)
#define QIAO_BLAS_SD(base, function)                                   \
  QIAO_BLAS_WIDTHS(cublasS##base, cublasS##base##_64, function, float) \
  QIAO_BLAS_WIDTHS(cublasD##base, cublasD##base##_64, function, double)
#define QIAO_BLAS_CZ(base, function)                                                 \
  QIAO_BLAS_WIDTHS(cublasC##base, cublasC##base##_64, function, std::complex<float>) \
  QIAO_BLAS_WIDTHS(cublasZ##base, cublasZ##base##_64, function, std::complex<double>)
#define QIAO_BLAS_SDCZ(base, function) QIAO_BLAS_SD(base, function) QIAO_BLAS_CZ(base, function)
