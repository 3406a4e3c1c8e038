// Matrix products of narrow elements: panels are widened to what is computed in, multiplied by OpenBLAS, and handed to
// the caller, who scales, adds, and rounds once. Accumulation is therefore in float (or double), which is at least what
// cuBLAS promises for each compute type; products of int8 are exact.
#pragma once

#include <functional>
#include <vector>

#include "src/blas/element.h"
#include "src/blas/openblas.h"

namespace qiao::blas {

struct MixedProduct {
  char opa = 'N', opb = 'N';
  int m = 0, n = 0, k = 0;
  Element a_type{}, b_type{};
  const void *a = nullptr, *b = nullptr;
  int64_t lda = 0, ldb = 0;
};

// Columns [first, first + width) of op(A) op(B), m rows each, one after another.
template <class A>
using Finish = std::function<void(int64_t first, int64_t width, A* panel)>;

// A: float, double, int32_t or a complex type, which must hold both element types.
template <class A>
void multiply(const MixedProduct& product, const Finish<A>& finish);

}  // namespace qiao::blas
