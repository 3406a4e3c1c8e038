// Level 1 with types as arguments, and matrix-vector products in batches: vectors are widened to what is computed in,
// and results rounded once.
#include "shim/cublas/mixed.h"

namespace qiao::shim {
namespace {

using Type = cudaDataType;
using E = Element;

bool is_vector_type(E type) {
  return type == E::F16 || type == E::BF16 || type == E::F32 || type == E::F64 || type == E::C32F || type == E::C64F;
}

// A vector whose type is known at run time.
struct AnyVector {
  AnyVector(Call& call, const char* what, const void* at, Type type, int64_t n, int64_t inc)
      : name(what), at(const_cast<void*>(at)), n(std::max<int64_t>(n, 0)), inc(inc) {
    const auto known = element_of(type);
    if (!known || !is_vector_type(*known))
      call.refuse(std::string(what) + ": data type " + std::to_string(type));
    else
      element = *known;
  }
  const char* name;
  void* at;
  int64_t n, inc;
  E element{};

  Operand operand(bool written) const {
    Operand in_elements = vector(name, static_cast<const char*>(at), n, inc);
    return {name, at, in_elements.bytes * size_of(element), written};
  }
  void* first() const { return inc < 0 ? element_at(element, at, (1 - n) * inc) : at; }
  template <class A>
  std::vector<A> values() const {
    std::vector<A> made(static_cast<size_t>(n));
    blas::load(element, first(), inc, n, made.data());
    return made;
  }
  template <class A>
  void assign(const std::vector<A>& from) const {
    blas::store(element, from.data(), n, first(), inc);
  }
};

// The execution types there are: float for the halves as well.
Accumulator execution(Call& call, Type type, std::initializer_list<E> operands) {
  Accumulator made = Accumulator::Float;
  switch (type) {
    case CUDA_R_32F:
      break;
    case CUDA_R_64F:
      made = Accumulator::Double;
      break;
    case CUDA_C_32F:
      made = Accumulator::ComplexFloat;
      break;
    case CUDA_C_64F:
      made = Accumulator::ComplexDouble;
      break;
    default:
      call.refuse("execution type " + std::to_string(type));
  }
  const bool complex = made == Accumulator::ComplexFloat || made == Accumulator::ComplexDouble;
  for (const E type : operands) {
    // A complex vector may have a real factor; the other way round nothing fits.
    const bool is_complex = type == E::C32F || type == E::C64F;
    const bool wide = type == E::F64 || type == E::C64F;
    if ((is_complex && !complex) || (wide && (made == Accumulator::Float || made == Accumulator::ComplexFloat))) {
      call.refuse("an operand wider than the execution type");
    }
  }
  return made;
}

// A real element read as whatever is computed in.
template <class A>
A any(E type, const void* at) {
  const bool complex = type == E::C32F || type == E::C64F;
  if constexpr (blas::is_complex<A>) {
    if (!complex) {
      blas::Real<A> real{};
      blas::load(type, at, 1, 1, &real);
      return A(real);
    }
  }
  A made{};
  blas::load(type, at, 1, 1, &made);
  return made;
}

template <class Body>
void in_floating(Accumulator accumulator, Body body) {
  with_accumulator(accumulator, [&](auto zero) {
    if constexpr (!std::is_same_v<decltype(zero), int32_t>) body(zero);
  });
}

class Factor {
 public:
  Factor(Call& call, const char* what, const void* pointer, Type type) {
    const auto known = element_of(type);
    if (!known || !is_vector_type(*known)) {
      call.refuse(std::string(what) + ": data type " + std::to_string(type));
      return;
    }
    element = *known;
    call.require(pointer != nullptr, what);
    if (!call.good()) return;
    if (call.device_scalars())
      device_ = pointer;
    else
      std::memcpy(value_, pointer, size_of(element));
  }
  template <class A>
  A get() const {
    return any<A>(element, device_ ? device_ : value_);
  }
  Operand operand(const char* name) const { return {name, device_, device_ ? size_of(element) : 0, false}; }
  E element{};

 private:
  alignas(16) unsigned char value_[16] = {};
  const void* device_ = nullptr;
};

template <class I>
cublasStatus_t axpy_ex(cublasHandle_t handle, I n, const void* alpha, Type alpha_type, const void* x, Type xtype,
                       I incx, void* y, Type ytype, I incy, Type how) {
  Call call("cublasAxpyEx", handle);
  const Factor a(call, "alpha", alpha, alpha_type);
  const AnyVector from(call, "x", x, xtype, n, incx), to(call, "y", y, ytype, n, incy);
  const Accumulator accumulator = execution(call, how, {a.element, from.element, to.element});
  if (!call.good() || n <= 0) return call.done();
  return call.run({a.operand("alpha"), from.operand(false), to.operand(true)}, [=] {
    in_floating(accumulator, [&](auto zero) {
      using A = decltype(zero);
      const auto left = from.values<A>();
      auto sum = to.values<A>();
      const A factor = a.get<A>();
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += blas::times(left[i], factor);
      to.assign(sum);
    });
  });
}

template <class I>
cublasStatus_t scal_ex(cublasHandle_t handle, I n, const void* alpha, Type alpha_type, void* x, Type xtype, I incx,
                       Type how) {
  Call call("cublasScalEx", handle);
  const Factor a(call, "alpha", alpha, alpha_type);
  const AnyVector at(call, "x", x, xtype, n, incx);
  const Accumulator accumulator = execution(call, how, {a.element, at.element});
  if (!call.good() || n <= 0 || incx <= 0) return call.done();
  return call.run({a.operand("alpha"), at.operand(true)}, [=] {
    in_floating(accumulator, [&](auto zero) {
      using A = decltype(zero);
      auto values = at.values<A>();
      const A factor = a.get<A>();
      for (A& value : values) value = blas::times(value, factor);
      at.assign(values);
    });
  });
}

// A result of the type the call names.
template <class F>
cublasStatus_t result_ex(Call& call, void* result, Type type, std::vector<Operand> operands, Accumulator accumulator,
                         F compute) {
  const auto known = element_of(type);
  if (!known || !is_vector_type(*known)) call.refuse("result type " + std::to_string(type));
  call.require(result != nullptr, "result");
  if (!call.good()) return call.done();
  const E element = *known;
  if (call.device_scalars()) operands.push_back({"result", result, size_of(element), true});
  return call.run_for_results(std::move(operands), [=] {
    in_floating(accumulator, [&](auto zero) {
      const auto made = compute(zero);
      blas::store(element, &made, 1, result, 1);
    });
  });
}

template <bool Conjugate, class I>
cublasStatus_t dot_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, const void* y, Type ytype, I incy,
                      void* result, Type result_type, Type how) {
  Call call("cublasDotEx", handle);
  const AnyVector a(call, "x", x, xtype, n, incx), b(call, "y", y, ytype, n, incy);
  const Accumulator accumulator = execution(call, how, {a.element, b.element});
  return result_ex(call, result, result_type, {a.operand(false), b.operand(false)}, accumulator, [=](auto zero) {
    using A = decltype(zero);
    const auto left = a.template values<A>(), right = b.template values<A>();
    return blas::dot<A, Conjugate>(a.n, left.data(), 1, right.data(), 1);
  });
}
template <class I>
cublasStatus_t plain_dot_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, const void* y, Type ytype,
                            I incy, void* result, Type result_type, Type how) {
  return dot_ex<false>(handle, n, x, xtype, incx, y, ytype, incy, result, result_type, how);
}
template <class I>
cublasStatus_t conjugate_dot_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, const void* y,
                                Type ytype, I incy, void* result, Type result_type, Type how) {
  return dot_ex<true>(handle, n, x, xtype, incx, y, ytype, incy, result, result_type, how);
}

// The execution type of norms is named as real, whatever x is.
Accumulator of_vector(const AnyVector& x) {
  switch (x.element) {
    case E::F64:
      return Accumulator::Double;
    case E::C32F:
      return Accumulator::ComplexFloat;
    case E::C64F:
      return Accumulator::ComplexDouble;
    default:
      return Accumulator::Float;
  }
}

template <class I>
cublasStatus_t nrm2_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, void* result, Type result_type,
                       Type) {
  Call call("cublasNrm2Ex", handle);
  const AnyVector a(call, "x", x, xtype, incx > 0 ? n : 0, incx);
  return result_ex(call, result, result_type, {a.operand(false)}, of_vector(a), [=](auto zero) {
    const auto values = a.template values<decltype(zero)>();
    return blas::nrm2(a.n, values.data(), 1);
  });
}

template <class I>
cublasStatus_t asum_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, void* result, Type result_type,
                       Type) {
  Call call("cublasAsumEx", handle);
  const AnyVector a(call, "x", x, xtype, incx > 0 ? n : 0, incx);
  return result_ex(call, result, result_type, {a.operand(false)}, of_vector(a), [=](auto zero) {
    const auto values = a.template values<decltype(zero)>();
    return blas::asum(a.n, values.data(), 1);
  });
}

template <bool Least, class I>
cublasStatus_t extreme_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, I* result) {
  Call call(Least ? "cublasIaminEx" : "cublasIamaxEx", handle);
  const AnyVector a(call, "x", x, xtype, incx > 0 ? n : 0, incx);
  const Accumulator accumulator = of_vector(a);
  return call.result(result, {a.operand(false)}, [=] {
    int64_t at = 0;
    in_floating(accumulator, [&](auto zero) {
      const auto values = a.template values<decltype(zero)>();
      at = blas::extreme<Least>(a.n, values.data(), 1);
    });
    return at;
  });
}
template <class I>
cublasStatus_t amax_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, I* result) {
  return extreme_ex<false>(handle, n, x, xtype, incx, result);
}
template <class I>
cublasStatus_t amin_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, I* result) {
  return extreme_ex<true>(handle, n, x, xtype, incx, result);
}

// Copies and exchanges do not convert.
template <class I>
cublasStatus_t copy_ex(cublasHandle_t handle, I n, const void* x, Type xtype, I incx, void* y, Type ytype, I incy) {
  Call call("cublasCopyEx", handle);
  const AnyVector from(call, "x", x, xtype, n, incx), to(call, "y", y, ytype, n, incy);
  if (xtype != ytype) call.refuse("x and y of two types");
  if (!call.good() || n <= 0) return call.done();
  return call.run({from.operand(false), to.operand(true)}, [=] {
    const size_t bytes = size_of(from.element);
    for (int64_t i = 0; i < from.n; ++i) {
      std::memmove(element_at(to.element, to.first(), i * to.inc), element_at(from.element, from.first(), i * from.inc),
                   bytes);
    }
  });
}

template <class I>
cublasStatus_t swap_ex(cublasHandle_t handle, I n, void* x, Type xtype, I incx, void* y, Type ytype, I incy) {
  Call call("cublasSwapEx", handle);
  const AnyVector a(call, "x", x, xtype, n, incx), b(call, "y", y, ytype, n, incy);
  if (xtype != ytype) call.refuse("x and y of two types");
  if (!call.good() || n <= 0) return call.done();
  return call.run({a.operand(true), b.operand(true)}, [=] {
    in_floating(of_vector(a), [&](auto zero) {
      using A = decltype(zero);
      const auto left = a.values<A>(), right = b.values<A>();
      a.assign(right), b.assign(left);
    });
  });
}

template <class I>
cublasStatus_t rot_ex(cublasHandle_t handle, I n, void* x, Type xtype, I incx, void* y, Type ytype, I incy,
                      const void* c, const void* s, Type factor_type, Type how) {
  Call call("cublasRotEx", handle);
  const Factor sine(call, "s", s, factor_type);
  // The cosine is real even where the sine is complex.
  const Type real_type = factor_type == CUDA_C_32F ? CUDA_R_32F : factor_type == CUDA_C_64F ? CUDA_R_64F : factor_type;
  const Factor cosine(call, "c", c, real_type);
  const AnyVector a(call, "x", x, xtype, n, incx), b(call, "y", y, ytype, n, incy);
  const Accumulator accumulator = execution(call, how, {a.element, b.element, sine.element});
  if (!call.good() || n <= 0) return call.done();
  return call.run({cosine.operand("c"), sine.operand("s"), a.operand(true), b.operand(true)}, [=] {
    in_floating(accumulator, [&](auto zero) {
      using A = decltype(zero);
      auto left = a.values<A>(), right = b.values<A>();
      blas::rot(a.n, left.data(), 1, right.data(), 1, cosine.get<blas::Real<A>>(), sine.get<A>());
      a.assign(left), b.assign(right);
    });
  });
}

}  // namespace

// clang-format off
#define QIAO_BLAS_INDEX(name, function) \
  QIAO_BLAS_BODY(Cublas, name, function<int>) QIAO_BLAS_BODY(Cublas, name##_64, function<int64_t>)
QIAO_BLAS_INDEX(cublasAxpyEx, axpy_ex)
QIAO_BLAS_INDEX(cublasScalEx, scal_ex)
QIAO_BLAS_INDEX(cublasDotEx, plain_dot_ex)
QIAO_BLAS_INDEX(cublasDotcEx, conjugate_dot_ex)
QIAO_BLAS_INDEX(cublasNrm2Ex, nrm2_ex)
QIAO_BLAS_INDEX(cublasAsumEx, asum_ex)
QIAO_BLAS_INDEX(cublasIamaxEx, amax_ex)
QIAO_BLAS_INDEX(cublasIaminEx, amin_ex)
QIAO_BLAS_INDEX(cublasCopyEx, copy_ex)
QIAO_BLAS_INDEX(cublasSwapEx, swap_ex)
QIAO_BLAS_INDEX(cublasRotEx, rot_ex)
// clang-format on

}  // namespace qiao::shim
