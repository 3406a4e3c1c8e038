// cuBLASLt: layouts by rows and by columns, batches, epilogues forward and backward, scales, types, questions.
#include <cublasLt.h>

#include "tests/blas/blas_test.h"

namespace {

struct Lt {
  Lt() { REQUIRE(cublasLtCreate(&handle) == CUBLAS_STATUS_SUCCESS); }
  ~Lt() { cublasLtDestroy(handle); }
  operator cublasLtHandle_t() const { return handle; }
  cublasLtHandle_t handle = nullptr;
};

struct Layout {
  Layout(cudaDataType type, int rows, int columns, int ld) {
    REQUIRE(cublasLtMatrixLayoutCreate(&at, type, uint64_t(rows), uint64_t(columns), ld) == CUBLAS_STATUS_SUCCESS);
  }
  ~Layout() { cublasLtMatrixLayoutDestroy(at); }
  template <class V>
  Layout& set(cublasLtMatrixLayoutAttribute_t attribute, V value) {
    REQUIRE(cublasLtMatrixLayoutSetAttribute(at, attribute, &value, sizeof value) == CUBLAS_STATUS_SUCCESS);
    return *this;
  }
  operator cublasLtMatrixLayout_t() const { return at; }
  cublasLtMatrixLayout_t at = nullptr;
};

struct Settings {
  Settings(cublasComputeType_t compute, cudaDataType scale) {
    REQUIRE(cublasLtMatmulDescCreate(&at, compute, scale) == CUBLAS_STATUS_SUCCESS);
  }
  ~Settings() { cublasLtMatmulDescDestroy(at); }
  template <class V>
  Settings& set(cublasLtMatmulDescAttributes_t attribute, V value) {
    REQUIRE(cublasLtMatmulDescSetAttribute(at, attribute, &value, sizeof value) == CUBLAS_STATUS_SUCCESS);
    return *this;
  }
  operator cublasLtMatmulDesc_t() const { return at; }
  cublasLtMatmulDesc_t at = nullptr;
};

template <class S>
cublasStatus_t matmul(const Lt& lt, const Settings& settings, S alpha, const void* a, const Layout& la, const void* b,
                      const Layout& lb, S beta, const void* c, void* d, const Layout& ld) {
  return cublasLtMatmul(lt, settings, &alpha, a, la, b, lb, &beta, c, ld, d, ld, nullptr, nullptr, 0, nullptr);
}

constexpr int m = 24, n = 10, k = 17;

TEST_CASE("orders, transposes and batches") {
  const Lt lt;
  const int count = 3;
  for (const bool rows_a : {false, true}) {
    for (const bool rows_d : {false, true}) {
      for (auto op : {CUBLAS_OP_N, CUBLAS_OP_T}) {
        const int ra = op == CUBLAS_OP_N ? m : k, ca = op == CUBLAS_OP_N ? k : m;
        const auto a = random_values<float>(m * k * count), b = random_values<float>(k * n * count),
                   c = random_values<float>(m * n * count);
        const Device<float> da(a), db(b), dc(c), dd(nans<float>(m * n * count));
        const auto batched = [&](Layout& layout, int64_t stride) {
          layout.set(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, count)
              .set(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, stride);
        };
        Layout la(CUDA_R_32F, ra, ca, rows_a ? ca : ra), lb(CUDA_R_32F, k, n, k), ld(CUDA_R_32F, m, n, rows_d ? n : m);
        if (rows_a) la.set(CUBLASLT_MATRIX_LAYOUT_ORDER, CUBLASLT_ORDER_ROW);
        if (rows_d) ld.set(CUBLASLT_MATRIX_LAYOUT_ORDER, CUBLASLT_ORDER_ROW);
        batched(la, m * k), batched(lb, k * n), batched(ld, m * n);
        Settings settings(CUBLAS_COMPUTE_32F, CUDA_R_32F);
        settings.set(CUBLASLT_MATMUL_DESC_TRANSA, op);
        REQUIRE(matmul(lt, settings, 2.0f, da.at(), la, db.at(), lb, -1.0f, dc.at(), dd.at(), ld) ==
                CUBLAS_STATUS_SUCCESS);
        const auto found = dd.values();
        for (int batch = 0; batch < count; ++batch) {
          int wrong = 0;
          for (int j = 0; j < n; ++j) {
            for (int i = 0; i < m; ++i) {
              double sum = 0;
              for (int p = 0; p < k; ++p) {
                const int r = op == CUBLAS_OP_N ? i : p, q = op == CUBLAS_OP_N ? p : i;
                sum += double(a[size_t(batch * m * k + (rows_a ? r * ca + q : q * ra + r))]) *
                       b[size_t(batch * k * n + j * k + p)];
              }
              const size_t at = size_t(batch * m * n + (rows_d ? i * n + j : j * m + i));
              wrong += found[at] != float(2 * sum - c[at]);
            }
          }
          CHECK(wrong == 0);
        }
      }
    }
  }
}

double gelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

// A small layer: its product, what each epilogue should make of it, and what a forward pass keeps.
struct Layer {
  const Lt lt;
  std::vector<float> a, b = random_values<float>(k * n, 3), bias = random_values<float>(m);
  Device<float> da, db{b}, dbias{bias}, dd{nans<float>(m * n)}, aux{nans<float>(m * n)}, gradient{nans<float>(m)};
  Device<uint8_t> mask{std::vector<uint8_t>(128 / 8 * n, 0xff)};
  const Layout la{CUDA_R_32F, m, k, m}, lb{CUDA_R_32F, k, n, k}, ld{CUDA_R_32F, m, n, m};
  Matrix product;

  static std::vector<float> eighths() {
    auto made = random_values<float>(m * k, 3);
    for (float& value : made) value /= 8;
    return made;
  }
  Layer() : a(eighths()), da(a), product(seen(a, m, k, m) * seen(b, k, n, k)) {}

  std::vector<float> run(cublasLtEpilogue_t epilogue, void* kept, int64_t kept_ld, float* to_bias) const {
    Settings settings(CUBLAS_COMPUTE_32F, CUDA_R_32F);
    settings.set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue).set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, to_bias);
    if (kept) {
      settings.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, kept);
      settings.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, kept_ld);
    }
    REQUIRE(matmul(lt, settings, 1.0f, da.at(), la, db.at(), lb, 0.0f, dd.at(), dd.at(), ld) == CUBLAS_STATUS_SUCCESS);
    return dd.values();
  }
  double plain(int i, int j) const { return double(product(i, j).real()); }
  double biased(int i, int j) const { return plain(i, j) + bias[size_t(i)]; }

  template <class F>
  static void compare(const std::vector<float>& found, F expected) {
    int wrong = 0;
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < m; ++i) {
        const double bound = 1e-5 * std::max(1.0, std::fabs(expected(i, j)));
        wrong += !(std::fabs(found[size_t(j * m + i)] - expected(i, j)) < bound);
      }
    }
    CHECK(wrong == 0);
  }
  // The bias's gradient is the sum over columns.
  template <class F>
  void compare_gradient(F value) const {
    const auto found = gradient.values();
    for (int i = 0; i < m; ++i) {
      double sum = 0;
      for (int j = 0; j < n; ++j) sum += value(i, j);
      CHECK(std::fabs(found[size_t(i)] - sum) < 1e-4 * std::max(1.0, std::fabs(sum)));
    }
  }
};

TEST_CASE("epilogues forward, and backward by what they kept") {
  const Layer l;
  const auto biased = [&](int i, int j) { return l.biased(i, j); };
  Layer::compare(l.run(CUBLASLT_EPILOGUE_BIAS, nullptr, 0, l.dbias), biased);
  Layer::compare(l.run(CUBLASLT_EPILOGUE_RELU, nullptr, 0, nullptr),
                 [&](int i, int j) { return std::max(l.plain(i, j), 0.0); });
  const auto after_gelu = [&](int i, int j) { return gelu(l.biased(i, j)); };
  Layer::compare(l.run(CUBLASLT_EPILOGUE_GELU_BIAS, nullptr, 0, l.dbias), after_gelu);
  Layer::compare(l.run(CUBLASLT_EPILOGUE_GELU_AUX_BIAS, l.aux, m, l.dbias), after_gelu);
  Layer::compare(l.aux.values(), biased);
  Layer::compare(l.run(CUBLASLT_EPILOGUE_RELU_AUX_BIAS, l.mask, 128, l.dbias),
                 [&](int i, int j) { return std::max(l.biased(i, j), 0.0); });

  // Backward: the slope at what the forward pass kept, times the product.
  const auto gelu_back = [&](int i, int j) {
    const double step = 1e-5, x = l.biased(i, j);
    return (gelu(x + step) - gelu(x - step)) / (2 * step) * l.plain(i, j);
  };
  const auto relu_back = [&](int i, int j) { return l.biased(i, j) > 0 ? l.plain(i, j) : 0.0; };
  Layer::compare(l.run(CUBLASLT_EPILOGUE_DGELU, l.aux, m, nullptr), gelu_back);
  Layer::compare(l.run(CUBLASLT_EPILOGUE_DGELU_BGRAD, l.aux, m, l.gradient), gelu_back);
  l.compare_gradient(gelu_back);
  Layer::compare(l.run(CUBLASLT_EPILOGUE_DRELU_BGRAD, l.mask, 128, l.gradient), relu_back);
  l.compare_gradient(relu_back);
}

TEST_CASE("gradients of the inputs' biases") {
  const Layer l;
  l.run(CUBLASLT_EPILOGUE_BGRADA, nullptr, 0, l.gradient);
  const auto of_a = l.gradient.values();
  l.run(CUBLASLT_EPILOGUE_BGRADB, nullptr, 0, l.gradient);
  const auto of_b = l.gradient.values();
  for (int i = 0; i < std::max(m, n); ++i) {
    double sum_a = 0, sum_b = 0;
    for (int p = 0; p < k; ++p) {
      if (i < m) sum_a += l.a[size_t(p * m + i)];
      if (i < n) sum_b += l.b[size_t(i * k + p)];
    }
    if (i < m) CHECK(std::fabs(of_a[size_t(i)] - sum_a) < 1e-5);
    if (i < n) CHECK(std::fabs(of_b[size_t(i)] - sum_b) < 1e-5);
  }
}

// E4M3 by its definition: 1.mmm x 2^(e-7), subnormals, 0x7f NaN.
double e4m3(uint8_t bits) {
  const int exponent = bits >> 3 & 15, fraction = bits & 7;
  const double magnitude = exponent ? std::ldexp(1 + fraction / 8.0, exponent - 7) : std::ldexp(fraction, -9);
  return bits & 0x80 ? -magnitude : magnitude;
}

TEST_CASE("fp8 with scales, and the greatest magnitude") {
  const Lt lt;
  std::vector<uint8_t> a(k * m), b(k * n);
  for (auto* values : {&a, &b}) {
    for (uint8_t& value : *values) value = uint8_t(between(0, 0x48) | (between(0, 1) << 7));
  }
  const Device<uint8_t> da(a), db(b), dd(std::vector<uint8_t>(m * n, 0x7f));
  const Device<float> scales(std::vector<float>{2, 0.5f, 0.25f, -1});
  const Layout la(CUDA_R_8F_E4M3, k, m, k), lb(CUDA_R_8F_E4M3, k, n, k), lc(CUDA_R_16BF, m, n, m),
      ld(CUDA_R_8F_E4M3, m, n, m);
  Settings settings(CUBLAS_COMPUTE_32F, CUDA_R_32F);
  settings.set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T)
      .set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, scales.at())
      .set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, scales.at() + 1)
      .set(CUBLASLT_MATMUL_DESC_D_SCALE_POINTER, scales.at() + 2)
      .set(CUBLASLT_MATMUL_DESC_AMAX_D_POINTER, scales.at() + 3);
  const float one = 1, zero = 0;
  REQUIRE(cublasLtMatmul(lt, settings, &one, da.at(), la, db.at(), lb, &zero, nullptr, lc, dd.at(), ld, nullptr,
                         nullptr, 0, nullptr) == CUBLAS_STATUS_SUCCESS);
  const auto found = dd.values();
  double greatest = 0;
  int wrong = 0;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < m; ++i) {
      double sum = 0;
      for (int p = 0; p < k; ++p) sum += e4m3(a[size_t(i * k + p)]) * e4m3(b[size_t(j * k + p)]);
      greatest = std::max(greatest, std::fabs(sum));
      const double wanted = sum * 0.25, got = e4m3(found[size_t(j * m + i)]);
      // No other number of the type is nearer.
      double best = 1e9;
      for (int bits = 0; bits < 256; ++bits) {
        if ((bits & 0x7f) != 0x7f) best = std::min(best, std::fabs(e4m3(uint8_t(bits)) - wanted));
      }
      wrong += std::fabs(got - wanted) > best + 1e-6 * std::fabs(wanted);
    }
  }
  CHECK(wrong == 0);
  CHECK(std::fabs(scales.values()[3] - greatest) < 1e-4 * greatest);
}

TEST_CASE("int8 to int32 and, scaled, to int8; bfloat16; double") {
  const Lt lt;
  std::vector<int8_t> a(k * m), b(k * n);
  for (auto* values : {&a, &b}) {
    for (int8_t& value : *values) value = int8_t(between(-100, 100));
  }
  const Device<int8_t> da(a), db(b), small(std::vector<int8_t>(m * n));
  const Device<int> wide(std::vector<int>(m * n, 5));
  const Layout la(CUDA_R_8I, k, m, k), lb(CUDA_R_8I, k, n, k), li(CUDA_R_32I, m, n, m), ls(CUDA_R_8I, m, n, m);
  Settings integers(CUBLAS_COMPUTE_32I, CUDA_R_32I), scaled(CUBLAS_COMPUTE_32I, CUDA_R_32F);
  integers.set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T), scaled.set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  REQUIRE(matmul(lt, integers, 2, da.at(), la, db.at(), lb, 3, wide.at(), wide.at(), li) == CUBLAS_STATUS_SUCCESS);
  const float factor = 1.0f / 256;
  REQUIRE(matmul(lt, scaled, factor, da.at(), la, db.at(), lb, 0.0f, small.at(), small.at(), ls) ==
          CUBLAS_STATUS_SUCCESS);
  int wrong = 0;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < m; ++i) {
      int sum = 0;
      for (int p = 0; p < k; ++p) sum += a[size_t(i * k + p)] * b[size_t(j * k + p)];
      wrong += wide.values()[size_t(j * m + i)] != 2 * sum + 15;
      const double rounded = std::clamp(std::nearbyint(double(float(sum) * factor)), -128.0, 127.0);
      wrong += small.values()[size_t(j * m + i)] != int(rounded);
    }
  }
  CHECK(wrong == 0);

  const auto x = random_values<double>(m * k), y = random_values<double>(k * n);
  const Device<double> dx(x), dy(y), dz(nans<double>(m * n));
  const Layout lx(CUDA_R_64F, m, k, m), ly(CUDA_R_64F, k, n, k), lz(CUDA_R_64F, m, n, m);
  const Settings doubles(CUBLAS_COMPUTE_64F, CUDA_R_64F);
  REQUIRE(matmul(lt, doubles, 1.0, dx.at(), lx, dy.at(), ly, 0.0, dz.at(), dz.at(), lz) == CUBLAS_STATUS_SUCCESS);
  CHECK(wrong_elements(dz.values(), m, seen(x, m, k, m) * seen(y, k, n, k)) == 0);
}

TEST_CASE("heuristics tell what runs, and what does not") {
  const Lt lt;
  const Layout la(CUDA_R_32F, m, k, m), lb(CUDA_R_32F, k, n, k), ld(CUDA_R_32F, m, n, m),
      wrong(CUDA_R_32F, m + 1, n, m + 1), other(CUDA_R_4F_E2M1, m, n, m);
  const Settings settings(CUBLAS_COMPUTE_32F, CUDA_R_32F);
  cublasLtMatmulPreference_t preference;
  REQUIRE(cublasLtMatmulPreferenceCreate(&preference) == CUBLAS_STATUS_SUCCESS);
  const uint64_t room = 1 << 20;
  CHECK(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &room,
                                             sizeof room) == CUBLAS_STATUS_SUCCESS);
  cublasLtMatmulHeuristicResult_t results[4];
  int found = -1;
  CHECK(cublasLtMatmulAlgoGetHeuristic(lt, settings, la, lb, ld, ld, preference, 4, results, &found) ==
        CUBLAS_STATUS_SUCCESS);
  REQUIRE(found == 1);
  CHECK(results[0].workspaceSize <= room);
  cublasLtMatmulHeuristicResult_t checked;
  CHECK(cublasLtMatmulAlgoCheck(lt, settings, la, lb, ld, ld, &results[0].algo, &checked) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasLtMatmulAlgoGetHeuristic(lt, settings, la, lb, wrong, wrong, preference, 4, results, &found) ==
        CUBLAS_STATUS_INVALID_VALUE);
  CHECK(found == 0);
  CHECK(cublasLtMatmulAlgoGetHeuristic(lt, settings, la, lb, other, other, preference, 4, results, &found) ==
        CUBLAS_STATUS_NOT_SUPPORTED);
  cublasLtMatmulPreferenceDestroy(preference);
  CHECK(cublasLtMatmul(nullptr, settings, &room, nullptr, la, nullptr, lb, &room, nullptr, ld, nullptr, ld, nullptr,
                       nullptr, 0, nullptr) == CUBLAS_STATUS_NOT_INITIALIZED);
}

TEST_CASE("attributes come back, in descriptors of the caller's as well") {
  cublasLtMatmulDescOpaque_t memory;
  REQUIRE(cublasLtMatmulDescInit(&memory, CUBLAS_COMPUTE_32F, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS);
  const cublasOperation_t op = CUBLAS_OP_T;
  CHECK(cublasLtMatmulDescSetAttribute(&memory, CUBLASLT_MATMUL_DESC_TRANSB, &op, sizeof op) == CUBLAS_STATUS_SUCCESS);
  cublasOperation_t back = CUBLAS_OP_N;
  size_t written = 0;
  CHECK(cublasLtMatmulDescGetAttribute(&memory, CUBLASLT_MATMUL_DESC_TRANSB, &back, sizeof back, &written) ==
        CUBLAS_STATUS_SUCCESS);
  CHECK(back == CUBLAS_OP_T);
  CHECK(written == sizeof back);
  CHECK(cublasLtMatmulDescSetAttribute(&memory, CUBLASLT_MATMUL_DESC_TRANSB, &op, 1) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasLtMatmulDescSetAttribute(&memory, cublasLtMatmulDescAttributes_t(999), &op, 4) ==
        CUBLAS_STATUS_INVALID_VALUE);
}

TEST_CASE("transforms between orders, with sums and transposes") {
  const Lt lt;
  const auto a = random_values<float>(m * n), b = random_values<float>(m * n);
  const Device<float> da(a), db(b);
  const Device<float> dc(nans<float>(m * 64));
  Layout la(CUDA_R_32F, m, n, m), lb(CUDA_R_32F, n, m, n), lc(CUDA_R_32F, m, n, 32 * m);
  lc.set(CUBLASLT_MATRIX_LAYOUT_ORDER, CUBLASLT_ORDER_COL32);
  cublasLtMatrixTransformDesc_t settings;
  REQUIRE(cublasLtMatrixTransformDescCreate(&settings, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS);
  const cublasOperation_t op = CUBLAS_OP_T;
  CHECK(cublasLtMatrixTransformDescSetAttribute(settings, CUBLASLT_MATRIX_TRANSFORM_DESC_TRANSB, &op, sizeof op) ==
        CUBLAS_STATUS_SUCCESS);
  const float alpha = 2, beta = -1;
  REQUIRE(cublasLtMatrixTransform(lt, settings, &alpha, da, la, &beta, db, lb, dc, lc, nullptr) ==
          CUBLAS_STATUS_SUCCESS);
  cublasLtMatrixTransformDescDestroy(settings);
  const auto found = dc.values();
  int wrong = 0;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < m; ++i) wrong += found[size_t(i * 32 + j)] != 2 * a[size_t(j * m + i)] - b[size_t(i * n + j)];
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("alpha = 0: what A and B hold does not matter to a matmul") {
  const Lt lt;
  const int n = 24;
  const Device<float> ab(nans<float>(n * n)), c(std::vector<float>(n * n, 3)), d(nans<float>(n * n));
  const Layout layout(CUDA_R_32F, n, n, n);
  Settings settings(CUBLAS_COMPUTE_32F, CUDA_R_32F);
  REQUIRE(matmul(lt, settings, 0.0f, ab.at(), layout, ab.at(), layout, 2.0f, c.at(), d.at(), layout) ==
          CUBLAS_STATUS_SUCCESS);
  CHECK(d.values() == std::vector<float>(n * n, 6));
}
