// C = alpha op(A) + beta op(B) between memory orders and element types.
#include "shim/cublas/lt_descriptors.h"

namespace qiao::shim {
namespace {

// Where element (i, j) of a layout lies (cublasLtOrder_t). COL32: groups of 32 columns, each by rows.
struct Place {
  const Layout* layout = nullptr;
  Element type{};
  char op = 'N';

  int64_t index(int64_t i, int64_t j) const {
    constexpr int64_t kGroup = 32;
    switch (layout->order) {
      case CUBLASLT_ORDER_ROW:
        return i * layout->ld + j;
      case CUBLASLT_ORDER_COL32:
        return j / kGroup * layout->ld + i * kGroup + j % kGroup;
      default:
        return j * layout->ld + i;
    }
  }
  Operand operand(const char* name, const void* base, bool written) const {
    const auto rows = int64_t(layout->rows), columns = int64_t(layout->columns);
    if (rows == 0 || columns == 0) return {name, base, 0, written};
    int64_t last = index(rows - 1, columns - 1);
    if (layout->order == CUBLASLT_ORDER_COL32) last = index(rows - 1, (columns - 1) | 31);
    last += (layout->batches - 1) * layout->stride;
    return {name, base, uint64_t(last + 1) * size_of(type), written};
  }
};

Place place(Call& call, const char* what, const void* opaque, int32_t op) {
  const auto* layout = descriptor<Layout>(opaque);
  call.require(layout != nullptr, what);
  const char letter = call.op(what, cublasOperation_t(op));
  if (!call.good()) return {};
  const auto type = element_of(cudaDataType_t(layout->type));
  if (!type) call.refuse(std::string(what) + ": data type " + std::to_string(layout->type));
  if (layout->order < CUBLASLT_ORDER_COL || layout->order > CUBLASLT_ORDER_COL32) {
    call.refuse(std::string(what) + ": memory order " + std::to_string(layout->order));
  }
  return {layout, type.value_or(Element::F32), letter};
}

template <class A>
A element(const Place& place, const void* base, int64_t batch, int64_t i, int64_t j) {
  A made{};
  const int64_t index = place.op == 'N' ? place.index(i, j) : place.index(j, i);
  blas::load(place.type, element_at(place.type, base, batch * place.layout->stride + index), 1, 1, &made);
  if constexpr (!std::is_same_v<A, int32_t>) {
    if (place.op == 'C') return blas::conjugate(made);
  }
  return made;
}

// What the scale type says the sums are.
Accumulator accumulator_of(Call& call, cudaDataType_t scale) {
  switch (scale) {
    case CUDA_R_16F:
    case CUDA_R_16BF:
    case CUDA_R_32F:
      return Accumulator::Float;
    case CUDA_R_64F:
      return Accumulator::Double;
    case CUDA_R_32I:
      return Accumulator::Integer;
    case CUDA_C_32F:
      return Accumulator::ComplexFloat;
    case CUDA_C_64F:
      return Accumulator::ComplexDouble;
    default:
      call.refuse("scale type " + std::to_string(scale));
      return Accumulator::Float;
  }
}

bool fits(Accumulator accumulator, Element type) {
  const bool complex = type == Element::C8I || type == Element::C32F || type == Element::C64F;
  if (accumulator == Accumulator::Integer) return type == Element::I8 || type == Element::I32;
  return complex == (accumulator == Accumulator::ComplexFloat || accumulator == Accumulator::ComplexDouble);
}

struct Layouts {
  Layout a, b, c;
};

cublasStatus_t transform(cublasLtHandle_t handle, cublasLtMatrixTransformDesc_t settings, const void* alpha,
                         const void* a, cublasLtMatrixLayout_t layout_a, const void* beta, const void* b,
                         cublasLtMatrixLayout_t layout_b, void* c, cublasLtMatrixLayout_t layout_c,
                         cudaStream_t stream) {
  const auto context = context_of(handle);
  if (!context) return CUBLAS_STATUS_NOT_INITIALIZED;
  const auto* given = descriptor<TransformDescriptor>(settings);
  if (!given) return CUBLAS_STATUS_INVALID_VALUE;
  if (given->pointer_mode > CUBLASLT_POINTER_MODE_DEVICE) return CUBLAS_STATUS_NOT_SUPPORTED;
  Call call("cublasLtMatrixTransform", context, stream, given->pointer_mode == CUBLASLT_POINTER_MODE_DEVICE);
  const bool with_b = b != nullptr && layout_b != nullptr;
  Place first = place(call, "Adesc", layout_a, given->transa), to = place(call, "Cdesc", layout_c, CUBLAS_OP_N);
  Place second = with_b ? place(call, "Bdesc", layout_b, given->transb) : to;
  const Accumulator accumulator = accumulator_of(call, cudaDataType_t(given->scale));
  if (!call.good()) return call.done();
  for (const Place* p : {&first, &second}) {
    const bool plain = p->op == 'N';
    call.require((plain ? p->layout->rows : p->layout->columns) == to.layout->rows &&
                     (plain ? p->layout->columns : p->layout->rows) == to.layout->columns,
                 "dimensions");
    call.require(p->layout->batches == to.layout->batches, "batch count");
    if (!fits(accumulator, p->type) || !fits(accumulator, to.type))
      call.refuse("types that the scale type cannot hold");
  }
  const Element scale = *element_of(cudaDataType_t(given->scale));
  const AnyScalar x(call, "alpha", alpha, scale), y = with_b ? AnyScalar(call, "beta", beta, scale) : AnyScalar();
  if (!call.good()) return call.done();
  std::vector<Operand> operands = {first.operand("A", a, false), to.operand("C", c, true), x.operand("alpha")};
  if (with_b) operands.push_back(second.operand("B", b, false)), operands.push_back(y.operand("beta"));
  // The caller may end its descriptors before the work runs.
  const auto kept = std::make_shared<const Layouts>(Layouts{*first.layout, *second.layout, *to.layout});
  first.layout = &kept->a, second.layout = &kept->b, to.layout = &kept->c;
  return call.run(std::move(operands), [=] {
    with_accumulator(accumulator, [&](auto zero) {
      using A = decltype(zero);
      const A alpha = x.get<A>(), beta = with_b ? y.get<A>() : A(0);
      const int64_t rows = int64_t(kept->c.rows), columns = int64_t(kept->c.columns);
      for (int64_t batch = 0; batch < kept->c.batches; ++batch) {
        for (int64_t j = 0; j < columns; ++j) {
          for (int64_t i = 0; i < rows; ++i) {
            const A left = alpha == A(0) ? A(0) : element<A>(first, a, batch, i, j);
            const A right = beta == A(0) ? A(0) : element<A>(second, b, batch, i, j);
            const A sum = combine(alpha, left, beta, right);
            blas::store(to.type, &sum, 1, element_at(to.type, c, batch * kept->c.stride + to.index(i, j)), 1);
          }
        }
      }
    });
  });
}

}  // namespace

QIAO_BLAS_BODY(CublasLt, cublasLtMatrixTransform, transform)

}  // namespace qiao::shim
