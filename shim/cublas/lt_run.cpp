// The work of a cuBLASLt product: sums by src/blas/mixed.h, then factors, scales, bias and activation in one pass over
// each panel, in float (in double for double).
#include <algorithm>
#include <cmath>

#include "shim/cublas/lt_matmul.h"

namespace qiao::shim {
namespace {

using E = Element;

float number_at(const void* at) {
  return at ? *static_cast<const float*>(at) : 1.0f;
}

// The tanh form, which is what cuBLAS means by GELU.
constexpr double kRoot = 0.7978845608028654, kCube = 0.044715;
template <class A>
A gelu(A x) {
  return A(0.5) * x * (A(1) + std::tanh(A(kRoot) * (x + A(kCube) * x * x * x)));
}
template <class A>
A gelu_slope(A x) {
  const A t = std::tanh(A(kRoot) * (x + A(kCube) * x * x * x));
  return A(0.5) * (A(1) + t) + A(0.5) * x * (A(1) - t * t) * A(kRoot) * (A(1) + A(3 * kCube) * x * x);
}

// What an epilogue's number is made of (cublasLtEpilogue_t).
struct Steps {
  explicit Steps(uint32_t epilogue)
      : bias((epilogue & 4) != 0 && epilogue != CUBLASLT_EPILOGUE_DEFAULT),
        relu((epilogue & 2) != 0),
        gelu((epilogue & 32) != 0),
        aux((epilogue & 128) != 0),
        relu_slope((epilogue & 8) != 0),
        gelu_slope((epilogue & 64) != 0),
        gradient((epilogue & 16) != 0) {}
  bool bias, relu, gelu, aux, relu_slope, gelu_slope, gradient;
};

// A: what the epilogue computes in.
template <class A>
class Finisher {
 public:
  Finisher(const Matmul& p, const Factors& factors, const MatmulPointers& at, int64_t batch)
      : p_(p),
        s_(p.settings),
        steps_(p.settings.epilogue),
        at_(at),
        batch_(batch),
        alpha_(size_t(p.m)),
        beta_(size_t(p.m)),
        old_(size_t(p.m)),
        bias_(size_t(p.m)),
        aux_(size_t(p.m)),
        gradient_(size_t(p.m)) {
    if (factors.alpha_vector)
      blas::load(p.scale, element_at(p.scale, factors.alpha_vector, batch * s_.alpha_stride), 1, p.m, alpha_.data());
    else
      std::fill(alpha_.begin(), alpha_.end(), factors.alpha.get<A>());
    if (factors.beta_vector)
      blas::load(p.scale, factors.beta_vector, 1, p.m, beta_.data());
    else
      std::fill(beta_.begin(), beta_.end(), factors.beta.get<A>());
    reads_c_ = std::any_of(beta_.begin(), beta_.end(), [](const A& b) { return b != A(0); });
    prepare_scales();
    if (steps_.bias)
      blas::load(p.bias_type, element_at(p.bias_type, s_.bias, batch * s_.bias_stride), 1, p.m, bias_.data());
  }

  void column(int64_t j, A* x) {
    const A outer = b_outer_ ? A(b_outer_[j]) : A(1);
    for (int i = 0; i < p_.m; ++i) x[i] = x[i] * alpha_[size_t(i)] * outer;
    if (reads_c_) add_old(j, x);
    if (steps_.bias) {
      for (int i = 0; i < p_.m; ++i) x[i] += bias_[size_t(i)];
    }
    activate(j, x);
    if (steps_.gradient) {
      for (int i = 0; i < p_.m; ++i) gradient_[size_t(i)] += x[i];
    }
    if (s_.amax_d) {
      for (int i = 0; i < p_.m; ++i) greatest_ = std::max(greatest_, std::fabs(x[i]));
    }
    if (d_scale_ != A(1)) {
      for (int i = 0; i < p_.m; ++i) x[i] *= d_scale_;
    }
    blas::store(p_.d.type, x, p_.m, p_.d.at(at_.d, batch_, j), p_.d.row_step());
  }

  void end() {
    if (steps_.gradient) {
      blas::store(p_.bias_type, gradient_.data(), p_.m, element_at(p_.bias_type, s_.bias, batch_ * s_.bias_stride), 1);
    }
    if (s_.amax_d) {
      auto& amax = *static_cast<float*>(s_.amax_d);
      amax = batch_ == 0 ? float(greatest_) : std::max(amax, float(greatest_));
    }
  }

 private:
  // Numbers go into the factors; a scale for each row too, and those for each column stay apart.
  void prepare_scales() {
    const auto* a = static_cast<const float*>(s_.a_scale);
    const auto* b = static_cast<const float*>(s_.b_scale);
    const bool a_rows = a && s_.scale_modes[0] == CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
    if (b && s_.scale_modes[1] == CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F) b_outer_ = b, b = nullptr;
    for (int i = 0; i < p_.m; ++i) alpha_[size_t(i)] *= A(a_rows ? a[i] : number_at(a)) * A(number_at(b));
    for (A& beta : beta_) beta *= A(number_at(s_.c_scale));
    if (p_.d.type == E::E4M3 || p_.d.type == E::E5M2) d_scale_ = A(number_at(s_.d_scale));
  }

  void add_old(int64_t j, A* x) {
    blas::load(p_.c.type, p_.c.at(at_.c, batch_, j), p_.c.row_step(), p_.m, old_.data());
    for (int i = 0; i < p_.m; ++i) {
      if (beta_[size_t(i)] != A(0)) x[i] += beta_[size_t(i)] * old_[size_t(i)];
    }
  }

  // A bit for each element, in columns of aux_ld bits.
  uint8_t& mask_byte(int64_t i, int64_t j) const {
    constexpr int64_t kBits = 8;
    return static_cast<uint8_t*>(s_.aux)[(batch_ * s_.aux_stride + j * s_.aux_ld + i) / kBits];
  }
  void* aux_column(int64_t j) const { return element_at(p_.aux_type, s_.aux, batch_ * s_.aux_stride + j * s_.aux_ld); }

  void activate(int64_t j, A* x) {
    if (steps_.relu_slope) {
      for (int i = 0; i < p_.m; ++i) x[i] = mask_byte(i, j) >> (i & 7) & 1 ? x[i] : A(0);
    } else if (steps_.gelu_slope) {
      blas::load(p_.aux_type, aux_column(j), 1, p_.m, aux_.data());
      for (int i = 0; i < p_.m; ++i) x[i] *= gelu_slope(aux_[size_t(i)]);
    } else if (steps_.relu) {
      for (int i = 0; i < p_.m; ++i) {
        const bool positive = x[i] > A(0);
        if (steps_.aux) {
          uint8_t& byte = mask_byte(i, j);
          byte = uint8_t((byte & ~(1 << (i & 7))) | int(positive) << (i & 7));
        }
        if (x[i] < A(0)) x[i] = A(0);
      }
    } else if (steps_.gelu) {
      if (steps_.aux) blas::store(p_.aux_type, x, p_.m, aux_column(j), 1);
      for (int i = 0; i < p_.m; ++i) x[i] = gelu(x[i]);
    }
  }

  const Matmul& p_;
  const MatmulDescriptor& s_;
  const Steps steps_;
  const MatmulPointers& at_;
  const int64_t batch_;
  std::vector<A> alpha_, beta_, old_, bias_, aux_, gradient_;
  bool reads_c_ = false;
  const float* b_outer_ = nullptr;
  A d_scale_ = A(1), greatest_ = A(0);
};

// Sums of op(A)'s rows, or of op(B)'s columns.
template <class A>
void input_gradient(const Matmul& p, const MatmulPointers& at, int64_t batch) {
  const bool of_a = p.settings.epilogue == CUBLASLT_EPILOGUE_BGRADA;
  if (!of_a && p.settings.epilogue != CUBLASLT_EPILOGUE_BGRADB) return;
  const Placed& from = of_a ? p.a : p.b;
  const void* base = of_a ? at.a : at.b;
  // Over k, which lies along the rows of A, and along the columns of B, unless they are transposed.
  const bool sum_columns = of_a ? p.settings.transa == CUBLAS_OP_N : p.settings.transb != CUBLAS_OP_N;
  std::vector<A> sums(size_t(sum_columns ? from.rows : from.columns)), column(size_t(from.rows));
  for (int64_t j = 0; j < from.columns; ++j) {
    blas::load(from.type, from.at(base, batch, j), from.row_step(), from.rows, column.data());
    for (size_t i = 0; i < column.size(); ++i) sums[sum_columns ? i : size_t(j)] += column[i];
  }
  blas::store(p.bias_type, sums.data(), int64_t(sums.size()),
              element_at(p.bias_type, p.settings.bias, batch * p.settings.bias_stride), 1);
}

// alpha = 0 stands for no product at all: what A and B hold does not matter.
template <class A>
blas::MixedProduct product_of(const Matmul& p, const Factors& factors, const MatmulPointers& at, int64_t batch) {
  const bool none = !factors.alpha_vector && factors.alpha.get<A>() == A(0);
  return {p.opa,
          p.opb,
          p.m,
          p.n,
          none ? 0 : p.k,
          p.a.type,
          p.b.type,
          element_at(p.a.type, at.a, batch * p.a.stride),
          element_at(p.b.type, at.b, batch * p.b.stride),
          p.a.ld,
          p.b.ld};
}

template <class A>
void run_real(const Matmul& p, const Factors& factors, const MatmulPointers& at, int64_t batch) {
  Finisher<A> finisher(p, factors, at, batch);
  blas::multiply<A>(product_of<A>(p, factors, at, batch), [&](int64_t first, int64_t width, A* panel) {
    for (int64_t j = 0; j < width; ++j) finisher.column(first + j, panel + j * p.m);
  });
  input_gradient<A>(p, at, batch);
  finisher.end();
}

// Integer sums with float factors and an epilogue: each sum becomes a float, as the chip's conversion does.
void run_scaled_integers(const Matmul& p, const Factors& factors, const MatmulPointers& at, int64_t batch) {
  Finisher<float> finisher(p, factors, at, batch);
  std::vector<float> column(size_t(p.m));
  blas::multiply<int32_t>(product_of<float>(p, factors, at, batch), [&](int64_t first, int64_t width, int32_t* panel) {
    for (int64_t j = 0; j < width; ++j) {
      for (int i = 0; i < p.m; ++i) column[size_t(i)] = float(panel[j * p.m + i]);
      finisher.column(first + j, column.data());
    }
  });
  finisher.end();
}

// Without an epilogue: integers and complex numbers.
template <class A>
void run_plain(const Matmul& p, const Factors& factors, const MatmulPointers& at, int64_t batch) {
  const A alpha = factors.alpha.get<A>(), beta = factors.beta.get<A>();
  std::vector<A> old(size_t(p.m));
  blas::multiply<A>(product_of<A>(p, factors, at, batch), [&](int64_t first, int64_t width, A* panel) {
    for (int64_t j = first; j < first + width; ++j) {
      A* x = panel + (j - first) * p.m;
      if (beta != A(0)) blas::load(p.c.type, p.c.at(at.c, batch, j), p.c.row_step(), p.m, old.data());
      for (int i = 0; i < p.m; ++i) x[i] = combine(alpha, x[i], beta, old[size_t(i)]);
      blas::store(p.d.type, x, p.m, p.d.at(at.d, batch, j), p.d.row_step());
    }
  });
}

}  // namespace

void run_matmul(const Matmul& p, const Factors& factors, const MatmulPointers& at) {
  for (int64_t batch = 0; batch < p.batches; ++batch) {
    switch (p.accumulator) {
      case Accumulator::Float:
        run_real<float>(p, factors, at, batch);
        break;
      case Accumulator::Double:
        run_real<double>(p, factors, at, batch);
        break;
      case Accumulator::Integer:
        if (p.scale == E::F32)
          run_scaled_integers(p, factors, at, batch);
        else
          run_plain<int32_t>(p, factors, at, batch);
        break;
      case Accumulator::ComplexFloat:
        run_plain<std::complex<float>>(p, factors, at, batch);
        break;
      case Accumulator::ComplexDouble:
        run_plain<std::complex<double>>(p, factors, at, batch);
        break;
    }
  }
}

}  // namespace qiao::shim
