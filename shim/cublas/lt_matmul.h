// One cuBLASLt product, checked and ready to run: D = epilogue(alpha op(A) op(B) + beta C).
#pragma once

#include "shim/cublas/lt_descriptors.h"

namespace qiao::shim {

// A matrix as it lies: element (i, j) at i * row_step + j * column_step.
struct Placed {
  Element type{};
  int rows = 0, columns = 0;
  int64_t ld = 0, stride = 0;
  bool by_rows = false;

  int64_t row_step() const { return by_rows ? ld : 1; }
  int64_t column_step() const { return by_rows ? 1 : ld; }
  void* at(void* base, int64_t batch, int64_t column) const {
    return element_at(type, base, batch * stride + column * column_step());
  }
  const void* at(const void* base, int64_t batch, int64_t column) const {
    return element_at(type, base, batch * stride + column * column_step());
  }
  Operand operand(const char* name, const void* base, int batches, bool written) const;
};

struct Matmul {
  MatmulDescriptor settings;
  Placed a, b, c, d;
  char opa = 'N', opb = 'N';  // on what is stored, seen by columns
  int m = 0, n = 0, k = 0, batches = 1;
  Element scale{}, bias_type{}, aux_type{};
  Accumulator accumulator{};

  std::vector<Operand> operands(const void* a, const void* b, const void* c, void* d) const;
};

// What is wrong or refused goes into the call.
Matmul plan_matmul(Call& call, const void* settings, const void* a, const void* b, const void* c, const void* d);

// alpha and beta: a number or, in some pointer modes, a vector with one for each row of D.
struct Factors {
  AnyScalar alpha, beta;
  const void *alpha_vector = nullptr, *beta_vector = nullptr;
};

struct MatmulPointers {
  const void *a, *b, *c;
  void* d;
};
void run_matmul(const Matmul& matmul, const Factors& factors, const MatmulPointers& at);

}  // namespace qiao::shim
