// The checks of a cuBLASLt product, shared by the product itself and by whoever asks whether it would run.
#include <algorithm>

#include "shim/cublas/lt_matmul.h"

namespace qiao::shim {
namespace {

using E = Element;

Placed placed(Call& call, const char* what, const void* opaque) {
  const Layout* layout = descriptor<Layout>(opaque);
  call.require(layout != nullptr, what);
  if (!call.good()) return {};
  const auto type = element_of(cudaDataType_t(layout->type));
  if (!type) call.refuse(std::string(what) + ": data type " + std::to_string(layout->type));
  if (layout->order != CUBLASLT_ORDER_COL && layout->order != CUBLASLT_ORDER_ROW) {
    call.refuse(std::string(what) + ": memory order " + std::to_string(layout->order));
  }
  if (layout->batch_mode != CUBLASLT_BATCH_MODE_STRIDED) call.refuse(std::string(what) + ": batches by pointers");
  if (layout->plane != 0) call.refuse(std::string(what) + ": planes of complex numbers");
  Placed made;
  made.rows = call.narrow(what, int64_t(layout->rows)), made.columns = call.narrow(what, int64_t(layout->columns));
  made.by_rows = layout->order == CUBLASLT_ORDER_ROW;
  made.ld = call.leading(what, layout->ld, made.by_rows ? made.columns : made.rows);
  made.stride = layout->stride;
  made.type = type.value_or(E::F32);
  return made;
}

// Stored by rows, a matrix is the transpose of one stored by columns.
char stored_op(Call& call, const char* what, int32_t op, const Placed& matrix) {
  const char letter = call.op(what, cublasOperation_t(op));
  if (!matrix.by_rows) return letter;
  if (letter == 'C' && (matrix.type == E::C32F || matrix.type == E::C64F))
    call.refuse("conjugating a row-major matrix");
  return letter == 'N' ? 'T' : 'N';
}

bool is_one_of(E type, std::initializer_list<E> list) {
  return std::find(list.begin(), list.end(), type) != list.end();
}

struct Combination {
  Accumulator accumulator;
  bool known;
};

// The table of cuBLAS, cublasLtMatmul(), "data types supported": what it has and more is taken where it is unambiguous.
Combination combination(cublasComputeType_t compute, E scale, E a, E b, E c, E d) {
  const bool fp8 = is_one_of(a, {E::E4M3, E::E5M2}) && is_one_of(b, {E::E4M3, E::E5M2});
  switch (compute) {
    case CUBLAS_COMPUTE_16F:
    case CUBLAS_COMPUTE_16F_PEDANTIC:
      return {Accumulator::Float, scale == E::F16 && a == E::F16 && b == E::F16 && c == E::F16 && d == E::F16};
    case CUBLAS_COMPUTE_32I:
    case CUBLAS_COMPUTE_32I_PEDANTIC:
      if (a != E::I8 || b != E::I8) return {Accumulator::Integer, false};
      return {Accumulator::Integer,
              (scale == E::I32 && c == E::I32 && d == E::I32) || (scale == E::F32 && c == E::I8 && d == E::I8)};
    case CUBLAS_COMPUTE_64F:
    case CUBLAS_COMPUTE_64F_PEDANTIC:
    case CUBLAS_COMPUTE_64F_EMULATED_FIXEDPOINT:
      if (a != b || a != c || a != d || a != scale) return {Accumulator::Double, false};
      return {a == E::F64 ? Accumulator::Double : Accumulator::ComplexDouble, is_one_of(a, {E::F64, E::C64F})};
    case CUBLAS_COMPUTE_32F:
    case CUBLAS_COMPUTE_32F_PEDANTIC:
    case CUBLAS_COMPUTE_32F_FAST_16F:
    case CUBLAS_COMPUTE_32F_FAST_16BF:
    case CUBLAS_COMPUTE_32F_FAST_TF32:
    case CUBLAS_COMPUTE_32F_EMULATED_16BFX9:
      if (a == E::C32F) {
        return {Accumulator::ComplexFloat, b == a && c == a && d == a && scale == a};
      }
      if (scale != E::F32) return {Accumulator::Float, false};
      if (fp8) {
        return {Accumulator::Float,
                is_one_of(c, {E::F16, E::BF16, E::F32}) && is_one_of(d, {E::F16, E::BF16, E::F32, E::E4M3, E::E5M2})};
      }
      if (a != b || c != d) return {Accumulator::Float, false};
      return {Accumulator::Float, (is_one_of(a, {E::F16, E::BF16, E::I8}) && d == E::F32) || (a == E::F32 && d == a) ||
                                      (is_one_of(a, {E::F16, E::BF16}) && d == a)};
    default:
      return {Accumulator::Float, false};
  }
}

void check_types(Call& call, Matmul& p) {
  const auto scale = element_of(cudaDataType_t(p.settings.scale));
  const auto compute = cublasComputeType_t(p.settings.compute);
  const Combination found = combination(compute, scale.value_or(E::E4M3), p.a.type, p.b.type, p.c.type, p.d.type);
  if (!scale || !found.known) {
    call.refuse("types of A, B, C, D and scale " + std::to_string(int(p.a.type)) + ", " +
                std::to_string(int(p.b.type)) + ", " + std::to_string(int(p.c.type)) + ", " +
                std::to_string(int(p.d.type)) + ", " + std::to_string(p.settings.scale) + " with compute type " +
                std::to_string(int(compute)));
    return;
  }
  p.scale = *scale;
  p.accumulator = found.accumulator;
}

// Types of bias and auxiliary output: the output's unless they are set; where that is fp8, the bias is bfloat16
// (cuBLAS, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE).
void check_epilogue(Call& call, Matmul& p) {
  const uint32_t epilogue = p.settings.epilogue;
  const EnumNames names = enum_names(cublasLtEpilogue_t());
  const bool known = std::any_of(names.first, names.first + names.count,
                                 [&](const EnumName& e) { return e.value == int64_t(epilogue); });
  call.require(known, "epilogue");
  const bool narrow = is_one_of(p.d.type, {E::E4M3, E::E5M2});
  const E plain_bias = p.d.type == E::I8 ? E::F32 : narrow ? E::BF16 : p.d.type;
  const auto bias = p.settings.bias_type < 0 ? plain_bias : element_of(cudaDataType_t(p.settings.bias_type));
  const auto aux = p.settings.aux_type < 0 ? p.d.type : element_of(cudaDataType_t(p.settings.aux_type));
  if (!bias || !aux) return call.refuse("type of bias or auxiliary output");
  p.bias_type = *bias, p.aux_type = *aux;
  if (epilogue == CUBLASLT_EPILOGUE_DEFAULT) return;
  if (p.accumulator == Accumulator::ComplexFloat || p.accumulator == Accumulator::ComplexDouble) {
    call.refuse("an epilogue on complex numbers");
  }
  constexpr uint32_t kBias = 4, kAux = 128, kBiasGradient = 16 | 256 | 512;
  call.require((epilogue & (kBias | kBiasGradient)) == 0 || p.settings.bias, "bias pointer: the epilogue needs one");
  call.require((epilogue & kAux) == 0 || p.settings.aux, "auxiliary pointer: the epilogue needs one");
  call.require((epilogue & kAux) == 0 || p.settings.aux_ld >= p.m, "leading dimension of the auxiliary output");
  const bool mask = (epilogue & kAux) != 0 && (epilogue & (2 | 8)) != 0;
  constexpr int64_t kMaskMultiple = 128;
  call.require(!mask || p.settings.aux_ld % kMaskMultiple == 0, "leading dimension of the mask: no multiple of 128");
}

void check_settings(Call& call, const MatmulDescriptor& settings) {
  if (settings.transc != CUBLAS_OP_N) call.refuse("transposing C");
  if (settings.fill != CUBLAS_FILL_MODE_FULL) call.refuse("a fill mode other than full");
  const int32_t last = CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
  for (const int32_t mode : settings.scale_modes) {
    if (mode != CUBLASLT_MATMUL_MATRIX_SCALE_SCALAR_32F && mode != last) call.refuse("scales of blocks");
  }
  if (settings.scale_modes[2] == last) call.refuse("a scale for each row of D");
  call.require(settings.pointer_mode >= CUBLASLT_POINTER_MODE_HOST &&
                   settings.pointer_mode <= CUBLASLT_POINTER_MODE_ALPHA_DEVICE_VECTOR_BETA_HOST,
               "pointer mode");
}

}  // namespace

Matmul plan_matmul(Call& call, const void* settings, const void* a, const void* b, const void* c, const void* d) {
  Matmul p;
  const auto* given = descriptor<MatmulDescriptor>(settings);
  call.require(given != nullptr, "computeDesc");
  if (!call.good()) return p;
  p.settings = *given;
  check_settings(call, p.settings);
  p.a = placed(call, "Adesc", a), p.b = placed(call, "Bdesc", b);
  p.c = placed(call, "Cdesc", c), p.d = placed(call, "Ddesc", d);
  if (!call.good()) return p;
  p.opa = stored_op(call, "transa", p.settings.transa, p.a);
  p.opb = stored_op(call, "transb", p.settings.transb, p.b);
  const bool plain_a = p.settings.transa == CUBLAS_OP_N, plain_b = p.settings.transb == CUBLAS_OP_N;
  p.m = plain_a ? p.a.rows : p.a.columns, p.k = plain_a ? p.a.columns : p.a.rows;
  p.n = plain_b ? p.b.columns : p.b.rows;
  call.require((plain_b ? p.b.rows : p.b.columns) == p.k, "dimensions: A's and B's do not fit");
  call.require(p.d.rows == p.m && p.d.columns == p.n, "dimensions of D");
  call.require(p.c.rows == p.m && p.c.columns == p.n, "dimensions of C");
  p.batches = descriptor<Layout>(d)->batches;
  for (const void* layout : {a, b, c}) {
    call.require(descriptor<Layout>(layout)->batches == p.batches && p.batches > 0, "batch count");
  }
  if (!call.good()) return p;
  check_types(call, p);
  if (call.good()) check_epilogue(call, p);
  return p;
}

Operand Placed::operand(const char* name, const void* base, int batches, bool written) const {
  const Operand in_bytes = matrices(name, static_cast<const char*>(base), by_rows ? columns : rows,
                                    by_rows ? rows : columns, ld, stride, batches);
  return {name, base, in_bytes.bytes * size_of(type), written};
}

std::vector<Operand> Matmul::operands(const void* at_a, const void* at_b, const void* at_c, void* at_d) const {
  std::vector<Operand> list = {a.operand("A", at_a, batches, false), b.operand("B", at_b, batches, false),
                               d.operand("D", at_d, batches, true)};
  if (at_c) list.push_back(c.operand("C", at_c, batches, false));
  const auto number = [&](const char* name, const void* at, int64_t count, bool written) {
    if (at) list.push_back({name, at, uint64_t(count) * sizeof(float), written});
  };
  const bool outer = settings.scale_modes[0] == CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
  number("A's scale", settings.a_scale, outer ? m : 1, false);
  number("B's scale", settings.b_scale, settings.scale_modes[1] == settings.scale_modes[0] && outer ? n : 1, false);
  number("C's scale", settings.c_scale, 1, false), number("D's scale", settings.d_scale, 1, false);
  number("D's greatest", settings.amax_d, 1, true);
  constexpr uint32_t kUsesBias = 4 | 16 | 256 | 512, kGradient = 16 | 256 | 512;
  if ((settings.epilogue & kUsesBias) != 0 && settings.epilogue != CUBLASLT_EPILOGUE_DEFAULT) {
    const int64_t length = settings.epilogue == CUBLASLT_EPILOGUE_BGRADB ? n : m;
    list.push_back(
        {"bias", settings.bias, uint64_t(length) * size_of(bias_type), (settings.epilogue & kGradient) != 0});
  }
  constexpr uint32_t kAux = 128, kMask = 2 | 8, kReadsAux = 8 | 64;
  if ((settings.epilogue & kAux) != 0) {
    const bool mask = (settings.epilogue & kMask) != 0;
    const int64_t elements = (batches - 1) * settings.aux_stride + (n - 1) * settings.aux_ld + m;
    const uint64_t bytes = mask ? uint64_t(elements + 7) / 8 : uint64_t(elements) * size_of(aux_type);
    list.push_back({"auxiliary output", settings.aux, n > 0 ? bytes : 0, (settings.epilogue & kReadsAux) == 0});
  }
  return list;
}

}  // namespace qiao::shim
