// Narrow types: half, bfloat16, int8, in products, batches and vectors. The references are exact; what a type cannot
// hold is rounded here by its own definition.
#include "tests/blas/blas_test.h"

namespace {

// The nearest number with `mantissa` bits, ties to even, as any IEEE type rounds (no subnormals are used here).
long double nearest(long double value, int mantissa) {
  if (value == 0) return 0;
  int exponent = 0;
  std::frexp(value, &exponent);
  const long double unit = std::ldexp(1.0L, exponent - 1 - mantissa);
  return std::nearbyint(value / unit) * unit;
}

struct Half {
  static constexpr cudaDataType type = CUDA_R_16F;
  static constexpr int mantissa = 10, bias = 15;
};
struct Brain {
  static constexpr cudaDataType type = CUDA_R_16BF;
  static constexpr int mantissa = 7, bias = 127;
};

template <class F>
uint16_t encode(long double value) {
  if (value == 0) return 0;
  value = nearest(value, F::mantissa);
  int exponent = 0;
  const long double fraction = std::frexp(std::fabs(value), &exponent);
  const auto bits = unsigned(std::ldexp(fraction, F::mantissa + 1)) - (1u << F::mantissa);
  return uint16_t((value < 0 ? 0x8000 : 0) | unsigned(exponent - 1 + F::bias) << F::mantissa | bits);
}
template <class F>
long double decode(uint16_t bits) {
  const int exponent = (bits & 0x7fff) >> F::mantissa;
  const unsigned fraction = bits & ((1u << F::mantissa) - 1);
  const long double magnitude =
      exponent == 0 ? std::ldexp((long double)fraction, 1 - F::bias - F::mantissa)
                    : std::ldexp(1.0L + std::ldexp((long double)fraction, -F::mantissa), exponent - F::bias);
  return bits & 0x8000 ? -magnitude : magnitude;
}

template <class F>
std::vector<uint16_t> random_narrow(size_t count, std::vector<double>& exact_values) {
  std::vector<uint16_t> made(count);
  exact_values.resize(count);
  for (size_t i = 0; i < count; ++i) {
    exact_values[i] = between(-16, 16) / 8.0;
    made[i] = encode<F>(exact_values[i]);
  }
  return made;
}

TEMPLATE_TEST_CASE("products of 16-bit floats are summed in float and rounded once", "", Half, Brain) {
  using F = TestType;
  Handle handle;
  const int m = 37, n = 300, k = 65;
  for (auto opa : {CUBLAS_OP_N, CUBLAS_OP_T}) {
    for (auto opb : {CUBLAS_OP_N, CUBLAS_OP_T}) {
      const int ra = opa == CUBLAS_OP_N ? m : k, rb = opb == CUBLAS_OP_N ? k : n;
      std::vector<double> va, vb, vc;
      const auto a = random_narrow<F>(size_t(m) * k, va), b = random_narrow<F>(size_t(k) * n, vb),
                 c = random_narrow<F>(size_t(m) * n, vc);
      const Device<uint16_t> da(a), db(b), dc(c);
      const Device<float> wide(nans<float>(size_t(m) * n));
      const float alpha = 0.5f, beta = 2, zero = 0;
      REQUIRE(cublasGemmEx(handle, opa, opb, m, n, k, &alpha, da, F::type, ra, db, F::type, rb, &beta, dc, F::type, m,
                           CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS);
      REQUIRE(cublasGemmEx(handle, opa, opb, m, n, k, &alpha, da, F::type, ra, db, F::type, rb, &zero, wide, CUDA_R_32F,
                           m, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS);
      const Matrix product = Exact(0.5L) * (seen(va, ra, m * k / ra, ra, opa) * seen(vb, rb, k * n / rb, rb, opb));
      CHECK(wrong_elements(wide.values(), m, product) == 0);
      const Matrix sum = product + Exact(2) * seen(vc, m, n, m);
      const auto found = dc.values();
      int wrong = 0;
      for (size_t i = 0; i < found.size(); ++i) wrong += found[i] != encode<F>(sum.at[i].real());
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("products of int8 are exact, and wrap") {
  Handle handle;
  const int m = 20, n = 30;
  for (const int k : {4, 1024, 2500}) {
    std::vector<int8_t> a(size_t(m) * k), b(size_t(k) * n);
    for (auto* values : {&a, &b}) {
      for (int8_t& value : *values) value = int8_t(between(-128, -100));  // the sums leave float's integers
    }
    const Device<int8_t> da(a), db(b);
    const Device<int> dc(std::vector<int>(size_t(m) * n, 7));
    const int alpha = 3, beta = -2;
    REQUIRE(cublasGemmEx(handle, CUBLAS_OP_T, CUBLAS_OP_N, m, n, k, &alpha, da, CUDA_R_8I, k, db, CUDA_R_8I, k, &beta,
                         dc, CUDA_R_32I, m, CUBLAS_COMPUTE_32I, CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS);
    const auto found = dc.values();
    int wrong = 0;
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < m; ++i) {
        int64_t sum = 0;
        for (int p = 0; p < k; ++p) sum += int64_t(a[size_t(i) * k + p]) * b[size_t(j) * k + p];
        wrong += found[size_t(j) * m + i] != int(unsigned(3 * sum - 14));
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("half products: plain, by strides, by pointers") {
  Handle handle;
  const int n = 8, count = 3;
  std::vector<double> va, vb;
  const auto a = random_narrow<Half>(n * n * count, va), b = random_narrow<Half>(n * n * count, vb);
  const Device<uint16_t> da(a), db(b), dc(std::vector<uint16_t>(n * n * count, 0x7e00)),
      dd(std::vector<uint16_t>(n * n * count, 0x7e00));
  const uint16_t one = encode<Half>(1), zero = 0;
  const auto* half = [](const Device<uint16_t>& from) { return reinterpret_cast<__half*>(from.at()); }(da);
  const auto* other = reinterpret_cast<__half*>(db.at());
  auto* to = reinterpret_cast<__half*>(dc.at());
  const auto *alpha = reinterpret_cast<const __half*>(&one), *beta = reinterpret_cast<const __half*>(&zero);
  REQUIRE(cublasHgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, alpha, half, n, n * n, other, n, n * n,
                                    beta, to, n, n * n, count) == CUBLAS_STATUS_SUCCESS);
  std::vector<const void*> pa, pb;
  std::vector<void*> pd;
  for (int i = 0; i < count; ++i) {
    pa.push_back(da.at() + i * n * n), pb.push_back(db.at() + i * n * n), pd.push_back(dd.at() + i * n * n);
  }
  const Device<const void*> dpa(pa), dpb(pb);
  const Device<void*> dpd(pd);
  const float wide_one = 1, wide_zero = 0;
  REQUIRE(cublasGemmBatchedEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &wide_one, dpa.at(), CUDA_R_16F, n, dpb.at(),
                              CUDA_R_16F, n, &wide_zero, dpd.at(), CUDA_R_16F, n, count, CUBLAS_COMPUTE_32F,
                              CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS);
  CHECK(dc.values() == dd.values());
  for (int i = 0; i < count; ++i) {
    const std::vector<double> left(va.begin() + i * n * n, va.begin() + (i + 1) * n * n);
    const std::vector<double> right(vb.begin() + i * n * n, vb.begin() + (i + 1) * n * n);
    const Matrix expected = seen(left, n, n, n) * seen(right, n, n, n);
    int wrong = 0;
    for (int e = 0; e < n * n; ++e)
      wrong += dc.values()[size_t(i * n * n + e)] != encode<Half>(expected.at[size_t(e)].real());
    CHECK(wrong == 0);
  }
}

TEST_CASE("every half there is widens and narrows to itself") {
  Handle handle;
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = uint16_t(i);
  for (const auto type : {CUDA_R_16F, CUDA_R_16BF}) {
    const Device<uint16_t> x(all), y(std::vector<uint16_t>(all.size(), 0x8000));  // -0 is neutral
    const float one = 1;
    REQUIRE(cublasAxpyEx(handle, int(all.size()), &one, CUDA_R_32F, x, type, 1, y, type, 1, CUDA_R_32F) ==
            CUBLAS_STATUS_SUCCESS);
    const auto found = y.values();
    const unsigned exponent = type == CUDA_R_16F ? 0x7c00 : 0x7f80;
    int wrong = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const bool nan = (i & 0x7fff) > exponent;
      wrong += nan ? (found[i] & 0x7fff) <= exponent : found[i] != all[i];
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("halves round to nearest, ties to even, down to subnormals and up to infinity") {
  Handle handle;
  // float -> half through a product by 1: the value, the half expected.
  const std::vector<float> values = {1 + 0x1p-11f, 1 + 0x1.8p-10f, 65519,        65520,    0x1p-24f,
                                     0x1p-25f,     0x1.8p-24f,     0x1.004p-14f, -0x1p-24f};
  const std::vector<uint16_t> expected = {0x3c00, 0x3c02, 0x7bff, 0x7c00, 0x0001, 0x0000, 0x0002, 0x0401, 0x8001};
  for (size_t i = 0; i < values.size(); ++i) {
    const Device<uint16_t> x(std::vector<uint16_t>{0x3c00});
    REQUIRE(cublasScalEx(handle, 1, &values[i], CUDA_R_32F, x, CUDA_R_16F, 1, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS);
    INFO(values[i]);
    CHECK(x.values()[0] == expected[i]);
  }
}

TEST_CASE("vectors of narrow types") {
  Handle handle;
  const int n = 100;
  std::vector<double> vx, vy;
  const auto x = random_narrow<Brain>(n, vx), y = random_narrow<Brain>(n, vy);
  const Device<uint16_t> dx(x), dy(y);
  long double dot = 0, squares = 0;
  for (int i = 0; i < n; ++i) dot += vx[size_t(i)] * vy[size_t(i)], squares += vx[size_t(i)] * vx[size_t(i)];
  uint16_t result = 0;
  float norm = 0;
  REQUIRE(cublasDotEx(handle, n, dx, CUDA_R_16BF, 1, dy, CUDA_R_16BF, 1, &result, CUDA_R_16BF, CUDA_R_32F) ==
          CUBLAS_STATUS_SUCCESS);
  CHECK(result == encode<Brain>(dot));
  const Device<float> wide(std::vector<float>(vx.begin(), vx.end()));
  REQUIRE(cublasNrm2Ex(handle, n, wide, CUDA_R_32F, 1, &norm, CUDA_R_32F, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS);
  CHECK(std::fabs(norm - std::sqrt(squares)) < 1e-5);
  CHECK(cublasDotEx(handle, n, dx, CUDA_R_8I, 1, dy, CUDA_R_8I, 1, &result, CUDA_R_16BF, CUDA_R_32F) ==
        CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_CASE("gemv in batches, all forms") {
  Handle handle;
  const int m = 7, n = 5, count = 3;
  std::vector<double> va, vx;
  const auto a = random_narrow<Half>(m * n * count, va), x = random_narrow<Half>(m * count, vx);
  const Device<uint16_t> da(a), dx(x);
  const Device<float> dy(nans<float>(n * count));
  const float alpha = 2, beta = 0;
  REQUIRE(cublasHSSgemvStridedBatched(handle, CUBLAS_OP_T, m, n, &alpha, reinterpret_cast<__half*>(da.at()), m, m * n,
                                      reinterpret_cast<__half*>(dx.at()), 1, m, &beta, dy, 1, n,
                                      count) == CUBLAS_STATUS_SUCCESS);
  const auto z = random_values<Z>(m * n * count), v = random_values<Z>(m * count), w = random_values<Z>(n * count);
  const Device<Z> dz(z), dv(v), dw(w);
  std::vector<Z*> pz, pv, pw;
  for (int i = 0; i < count; ++i)
    pz.push_back(dz.at() + i * m * n), pv.push_back(dv.at() + i * m), pw.push_back(dw.at() + i * n);
  const Device<Z*> dpz(pz), dpv(pv), dpw(pw);
  const Z za = make<Z>(1, 2), zb = make<Z>(-1, 1);
  REQUIRE(cublasZgemvBatched(handle, CUBLAS_OP_C, m, n, &za, dpz.at(), m, dpv.at(), 1, &zb, dpw.at(), 1, count) ==
          CUBLAS_STATUS_SUCCESS);
  const auto found = dy.values();
  const auto complex = dw.values();
  for (int b = 0; b < count; ++b) {
    for (int j = 0; j < n; ++j) {
      long double sum = 0;
      Exact complex_sum = 0;
      for (int i = 0; i < m; ++i) {
        sum += va[size_t(b * m * n + j * m + i)] * vx[size_t(b * m + i)];
        complex_sum += std::conj(exact(z[size_t(b * m * n + j * m + i)])) * exact(v[size_t(b * m + i)]);
      }
      CHECK(near(found[size_t(b * n + j)], 2 * sum));
      CHECK(near(complex[size_t(b * n + j)], exact(za) * complex_sum + exact(zb) * exact(w[size_t(b * n + j)])));
    }
  }
}

TEST_CASE("rank-k updates of 8-bit pairs") {
  Handle handle;
  const int n = 6, k = 5;
  std::vector<int8_t> pairs(2 * n * k);
  std::vector<Z> values(n * k);
  for (int i = 0; i < n * k; ++i) {
    values[size_t(i)] = make<Z>(between(-9, 9), between(-9, 9));
    pairs[size_t(2 * i)] = int8_t(values[size_t(i)].x), pairs[size_t(2 * i + 1)] = int8_t(values[size_t(i)].y);
  }
  const Device<int8_t> a(pairs);
  const Device<C> s(nans<C>(n * n)), h(nans<C>(n * n));
  const C alpha = make<C>(1, 1), none = make<C>(0, 0);
  const float real_alpha = 2, zero = 0;
  REQUIRE(cublasCsyrkEx(handle, CUBLAS_FILL_MODE_LOWER, CUBLAS_OP_N, n, k, &alpha, a, CUDA_C_8I, n, &none, s,
                        CUDA_C_32F, n) == CUBLAS_STATUS_SUCCESS);
  REQUIRE(cublasCherkEx(handle, CUBLAS_FILL_MODE_LOWER, CUBLAS_OP_N, n, k, &real_alpha, a, CUDA_C_8I, n, &zero, h,
                        CUDA_C_32F, n) == CUBLAS_STATUS_SUCCESS);
  const Matrix left = seen(values, n, k, n);
  const Matrix plain = exact(alpha) * (left * seen(values, n, k, n, CUBLAS_OP_T));
  const Matrix hermitian = Exact(2) * (left * seen(values, n, k, n, CUBLAS_OP_C));
  const auto found_s = s.values(), found_h = h.values();
  int wrong = 0;
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) {
      wrong += !near(found_s[size_t(j * n + i)], plain(i, j)) + !near(found_h[size_t(j * n + i)], hermitian(i, j));
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("combinations of types that there are not") {
  Handle handle;
  const Device<float> a(std::vector<float>(64));
  const float one = 1;
  const auto ask = [&](cudaDataType ta, cudaDataType tc, cublasComputeType_t compute) {
    return cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 4, 4, 4, &one, a, ta, 4, a, ta, 4, &one, a, tc, 4, compute,
                        CUBLAS_GEMM_DEFAULT);
  };
  CHECK(ask(CUDA_R_32F, CUDA_R_16F, CUBLAS_COMPUTE_32F) == CUBLAS_STATUS_NOT_SUPPORTED);
  CHECK(ask(CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_32F) == CUBLAS_STATUS_NOT_SUPPORTED);
  CHECK(ask(CUDA_R_4I, CUDA_R_4I, CUBLAS_COMPUTE_32I) == CUBLAS_STATUS_NOT_SUPPORTED);
  CHECK(ask(CUDA_R_32F, CUDA_R_32F, cublasComputeType_t(1000)) == CUBLAS_STATUS_INVALID_VALUE);
}

}  // namespace

TEST_CASE("alpha = 0: what A and B hold does not matter") {
  Handle handle;
  const int n = 40;
  const Device<uint16_t> ab(std::vector<uint16_t>(n * n, 0x7e00));  // NaN
  const Device<float> c(std::vector<float>(n * n, 3));
  const float none = 0, twice = 2;
  REQUIRE(cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_T, n, n, n, &none, ab.at(), CUDA_R_16F, n, ab.at(), CUDA_R_16F, n,
                       &twice, c.at(), CUDA_R_32F, n, CUBLAS_COMPUTE_32F,
                       CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS);
  CHECK(c.values() == std::vector<float>(n * n, 6));
}
