// Products whose types are arguments: which combinations there are, scalars of any type, and C = alpha op(A) op(B) +
// beta C by src/blas/mixed.h.
#pragma once

#include <cstring>
#include <optional>

#include "shim/cublas/product.h"
#include "src/blas/level1.h"
#include "src/blas/mixed.h"

namespace qiao::shim {

using blas::Element;

// What sums are kept in.
enum class Accumulator : uint8_t { Float, Double, Integer, ComplexFloat, ComplexDouble };

// The element type behind a cudaDataType; nothing for those that no product takes.
std::optional<Element> element_of(cudaDataType_t type);

struct MixedTypes {
  Element a{}, b{}, c{}, scale{};
  Accumulator accumulator{};
};
// As cuBLAS's table of cublasGemmEx() has them; refused by name otherwise.
MixedTypes mixed_types(Call& call, cudaDataType_t a, cudaDataType_t b, cudaDataType_t c, cublasComputeType_t compute);

// A scalar whose type is known at run time.
class AnyScalar {
 public:
  AnyScalar() = default;
  AnyScalar(Call& call, const char* what, const void* pointer, Element type) : type_(type) {
    call.require(pointer != nullptr, what);
    if (!call.good()) return;
    if (call.device_scalars())
      device_ = pointer;
    else
      std::memcpy(value_, pointer, size_of(type));
  }
  template <class A>
  A get() const {
    A made{};
    blas::load(type_, device_ ? device_ : value_, 1, 1, &made);
    return made;
  }
  Operand operand(const char* name) const { return {name, device_, device_ ? size_of(type_) : 0, false}; }

 private:
  Element type_{};
  alignas(16) unsigned char value_[16] = {};
  const void* device_ = nullptr;
};

// Runs `body(A{})` with A the accumulator's type.
template <class Body>
auto with_accumulator(Accumulator accumulator, Body body) {
  switch (accumulator) {
    case Accumulator::Double:
      return body(double());
    case Accumulator::Integer:
      return body(int32_t());
    case Accumulator::ComplexFloat:
      return body(std::complex<float>());
    case Accumulator::ComplexDouble:
      return body(std::complex<double>());
    default:
      return body(float());
  }
}

// alpha x + beta y; of integers as the chip computes it, modulo 2^32.
template <class A>
A combine(const A& alpha, const A& x, const A& beta, const A& y) {
  if constexpr (std::is_same_v<A, int32_t>) {
    return int32_t(uint32_t(alpha) * uint32_t(x) + uint32_t(beta) * uint32_t(y));
  } else {
    return blas::times(x, alpha) + blas::times(y, beta);
  }
}

struct MixedGemm {
  Product p;
  MixedTypes types;
  AnyScalar alpha, beta;

  std::vector<Operand> operands(const void* a, const void* b, const void* c) const;
  void run(const void* a, const void* b, void* c) const;
};

}  // namespace qiao::shim
