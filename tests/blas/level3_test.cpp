// Level 3 and the extensions, against exact integer arithmetic.
#include "tests/blas/blas_test.h"

namespace {

// A full matrix from what one triangle of `stored` says.
template <class T>
Matrix mirrored(const std::vector<T>& stored, int n, int ld, cublasFillMode_t fill, bool hermitian) {
  Matrix made(n, n);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const bool inside = fill == CUBLAS_FILL_MODE_LOWER ? i >= j : i <= j;
      Exact value = exact(stored[size_t(inside ? j : i) * ld + (inside ? i : j)]);
      if (hermitian && i == j) value = value.real();
      made(i, j) = inside || !hermitian ? value : std::conj(value);
    }
  }
  return made;
}

template <class T>
Matrix triangle(const std::vector<T>& stored, int n, int ld, cublasFillMode_t fill, cublasDiagType_t diag,
                cublasOperation_t op) {
  Matrix made(n, n);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const bool inside = fill == CUBLAS_FILL_MODE_LOWER ? i >= j : i <= j;
      Exact value = inside ? exact(stored[size_t(j) * ld + i]) : Exact(0);
      if (i == j && diag == CUBLAS_DIAG_UNIT) value = 1;
      if (op == CUBLAS_OP_N)
        made(i, j) = value;
      else
        made(j, i) = op == CUBLAS_OP_C ? std::conj(value) : value;
    }
  }
  return made;
}

// The other triangle must be as it was.
template <class T>
int wrong_in_triangle(const std::vector<T>& found, const std::vector<T>& before, int n, int ld, cublasFillMode_t fill,
                      const Matrix& expected) {
  int wrong = 0;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const size_t at = size_t(j) * ld + i;
      const bool inside = fill == CUBLAS_FILL_MODE_LOWER ? i >= j : i <= j;
      wrong += inside ? !near(found[at], expected(i, j)) : std::memcmp(&found[at], &before[at], sizeof(T)) != 0;
    }
  }
  return wrong;
}

TEMPLATE_TEST_CASE("gemm with every transpose, leading dimensions and factors", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  struct Size {
    int m, n, k;
  };
  for (const Size s : {Size{1, 1, 1}, {7, 5, 3}, {33, 17, 65}, {64, 64, 64}, {3, 100, 0}, {130, 1, 40}, {1, 90, 31}}) {
    for (auto opa : kOps) {
      for (auto opb : kOps) {
        const int ra = opa == CUBLAS_OP_N ? s.m : s.k, ca = opa == CUBLAS_OP_N ? s.k : s.m;
        const int rb = opb == CUBLAS_OP_N ? s.k : s.n, cb = opb == CUBLAS_OP_N ? s.n : s.k;
        const int lda = std::max(ra, 1) + 3, ldb = std::max(rb, 1) + 1, ldc = s.m + 2;
        const auto a = random_values<T>(size_t(lda) * std::max(ca, 1)),
                   b = random_values<T>(size_t(ldb) * std::max(cb, 1));
        const Device<T> da(a), db(b);
        for (const bool reads : {false, true}) {
          const auto c = reads ? random_values<T>(size_t(ldc) * s.n) : nans<T>(size_t(ldc) * s.n);
          const Device<T> dc(c);
          const T alpha = make<T>(2, -1), beta = reads ? make<T>(-3, 1) : make<T>(0, 0);
          REQUIRE(Api<T>::gemm(handle, opa, opb, s.m, s.n, s.k, &alpha, da, lda, db, ldb, &beta, dc, ldc) ==
                  CUBLAS_STATUS_SUCCESS);
          Matrix expected = exact(alpha) * (seen(a, ra, ca, lda, opa) * seen(b, rb, cb, ldb, opb));
          if (reads) expected = expected + exact(beta) * seen(c, s.m, s.n, ldc);
          CHECK(wrong_elements(dc.values(), ldc, expected) == 0);
          const auto after = dc.values();  // between the columns nothing is written
          CHECK(std::memcmp(&after[s.m], &c[s.m], 2 * sizeof(T)) == 0);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("gemm in its 64-bit form, in a stream, with scalars on the device", "", float, Z) {
  using T = TestType;
  Handle handle;
  cudaStream_t stream;
  REQUIRE(cudaStreamCreate(&stream) == cudaSuccess);
  CHECK(cublasSetStream(handle, stream) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_DEVICE) == CUBLAS_STATUS_SUCCESS);
  const int n = 50;
  const auto a = random_values<T>(n * n), b = random_values<T>(n * n), c = random_values<T>(n * n);
  const Device<T> da(a), db(b), dc(c), scalars(std::vector<T>{make<T>(3, 1), make<T>(-1, 2)});
  REQUIRE(Api<T>::gemm_64(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, scalars.at(), da, n, db, n, scalars.at() + 1, dc,
                          n) == CUBLAS_STATUS_SUCCESS);
  REQUIRE(cudaStreamSynchronize(stream) == cudaSuccess);
  const Matrix expected =
      exact(make<T>(3, 1)) * (seen(a, n, n, n) * seen(b, n, n, n)) + exact(make<T>(-1, 2)) * seen(c, n, n, n);
  CHECK(wrong_elements(dc.values(), n, expected) == 0);
  cudaStreamDestroy(stream);
}

TEMPLATE_TEST_CASE("symmetric and Hermitian products from both sides", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int m = 19, n = 13, ldb = m + 2, ldc = m + 1;
  for (auto side : {CUBLAS_SIDE_LEFT, CUBLAS_SIDE_RIGHT}) {
    for (auto fill : kFills) {
      for (const bool hermitian : {false, true}) {
        const int order = side == CUBLAS_SIDE_LEFT ? m : n, lda = order + 1;
        const auto a = random_values<T>(size_t(lda) * order), b = random_values<T>(size_t(ldb) * n);
        const auto c = nans<T>(size_t(ldc) * n);
        const Device<T> da(a), db(b), dc(c);
        const T alpha = make<T>(2, 1), beta = make<T>(0, 0);
        REQUIRE((hermitian ? Api<T>::hemm : Api<T>::symm)(handle, side, fill, m, n, &alpha, da, lda, db, ldb, &beta, dc,
                                                          ldc) == CUBLAS_STATUS_SUCCESS);
        const Matrix whole = mirrored(a, order, lda, fill, hermitian && is_complex<T>), right = seen(b, m, n, ldb);
        CHECK(wrong_elements(dc.values(), ldc,
                             exact(alpha) * (side == CUBLAS_SIDE_LEFT ? whole * right : right * whole)) == 0);
      }
    }
  }
}

TEMPLATE_TEST_CASE("rank-k updates write one triangle", "", float, double, C, Z) {
  using T = TestType;
  using R = Real<T>;
  Handle handle;
  const int n = 150, k = 9, ldc = n + 3;  // more than one strip of syrkx
  for (auto fill : kFills) {
    for (auto op : {CUBLAS_OP_N, CUBLAS_OP_T}) {
      const int rows = op == CUBLAS_OP_N ? n : k, columns = op == CUBLAS_OP_N ? k : n, ld = rows + 2;
      const auto other = op == CUBLAS_OP_N ? CUBLAS_OP_T : CUBLAS_OP_N;
      const auto a = random_values<T>(size_t(ld) * columns), b = random_values<T>(size_t(ld) * columns);
      const Device<T> da(a), db(b);
      const Matrix left = seen(a, rows, columns, ld, op), right = seen(a, rows, columns, ld, other);
      const Matrix left_b = seen(b, rows, columns, ld, op), right_b = seen(b, rows, columns, ld, other);
      const T alpha = make<T>(2, -1), beta = make<T>(3, 2), none = make<T>(0, 0);
      const auto c = random_values<T>(size_t(ldc) * n);
      const Matrix old = seen(c, n, n, ldc);
      {
        const Device<T> dc(c);
        REQUIRE(Api<T>::syrk(handle, fill, op, n, k, &alpha, da, ld, &beta, dc, ldc) == CUBLAS_STATUS_SUCCESS);
        CHECK(wrong_in_triangle(dc.values(), c, n, ldc, fill, exact(alpha) * (left * right) + exact(beta) * old) == 0);
      }
      for (auto function : {Api<T>::syr2k, Api<T>::syrkx}) {
        const Device<T> dc(c);
        REQUIRE(function(handle, fill, op, n, k, &alpha, da, ld, db, ld, &beta, dc, ldc) == CUBLAS_STATUS_SUCCESS);
        Matrix expected = exact(alpha) * (left * right_b) + exact(beta) * old;
        if (function == Api<T>::syr2k) expected = expected + exact(alpha) * (left_b * right);
        CHECK(wrong_in_triangle(dc.values(), c, n, ldc, fill, expected) == 0);
      }
      {
        const auto empty = nans<T>(size_t(ldc) * n);
        const Device<T> dc(empty);
        REQUIRE(Api<T>::syrk(handle, fill, op, n, k, &alpha, da, ld, &none, dc, ldc) == CUBLAS_STATUS_SUCCESS);
        CHECK(wrong_in_triangle(dc.values(), empty, n, ldc, fill, exact(alpha) * (left * right)) == 0);
      }
      if constexpr (is_complex<T>) {
        const auto herm = op == CUBLAS_OP_N ? CUBLAS_OP_N : CUBLAS_OP_C;
        const auto back = op == CUBLAS_OP_N ? CUBLAS_OP_C : CUBLAS_OP_N;
        const R real_alpha = 2, real_beta = 3;
        const auto square = [&](const std::vector<T>& x, const std::vector<T>& y) {
          return seen(x, rows, columns, ld, herm) * seen(y, rows, columns, ld, back);
        };
        Matrix real_old = old;
        for (int i = 0; i < n; ++i) real_old(i, i) = real_old(i, i).real();
        const Device<T> dc(c), d2(c);
        REQUIRE(Api<T>::herk(handle, fill, herm, n, k, &real_alpha, da, ld, &real_beta, dc, ldc) ==
                CUBLAS_STATUS_SUCCESS);
        CHECK(wrong_in_triangle(dc.values(), c, n, ldc, fill, Exact(2) * square(a, a) + Exact(3) * real_old) == 0);
        REQUIRE(Api<T>::her2k(handle, fill, herm, n, k, &alpha, da, ld, db, ld, &real_beta, d2, ldc) ==
                CUBLAS_STATUS_SUCCESS);
        CHECK(wrong_in_triangle(
                  d2.values(), c, n, ldc, fill,
                  exact(alpha) * square(a, b) + std::conj(exact(alpha)) * square(b, a) + Exact(3) * real_old) == 0);
        CHECK(Api<T>::herk(handle, fill, CUBLAS_OP_T, n, k, &real_alpha, da, ld, &real_beta, dc, ldc) ==
              CUBLAS_STATUS_INVALID_VALUE);
      }
    }
  }
}

TEMPLATE_TEST_CASE("triangular products and solutions", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int m = 11, n = 8, ldb = m + 1, ldc = m + 3;
  for (auto side : {CUBLAS_SIDE_LEFT, CUBLAS_SIDE_RIGHT}) {
    for (auto fill : kFills) {
      for (auto op : kOps) {
        for (auto diag : {CUBLAS_DIAG_NON_UNIT, CUBLAS_DIAG_UNIT}) {
          const int order = side == CUBLAS_SIDE_LEFT ? m : n, lda = order + 2;
          auto a = random_values<T>(size_t(lda) * order, 1);
          for (int i = 0; i < order; ++i) a[size_t(i) * lda + i] = make<T>(i % 2 ? 1 : -1, 0);  // exact to divide by
          const auto b = random_values<T>(size_t(ldb) * n);
          const Device<T> da(a), db(b), dc(nans<T>(size_t(ldc) * n));
          const T alpha = make<T>(2, 0), one = make<T>(1, 0);
          REQUIRE(Api<T>::trmm(handle, side, fill, op, diag, m, n, &alpha, da, lda, db, ldb, dc, ldc) ==
                  CUBLAS_STATUS_SUCCESS);
          const Matrix t = triangle(a, order, lda, fill, diag, op), right = seen(b, m, n, ldb);
          const Matrix product = side == CUBLAS_SIDE_LEFT ? t * right : right * t;
          CHECK(wrong_elements(dc.values(), ldc, Exact(2) * product) == 0);
          REQUIRE(Api<T>::trsm(handle, side, fill, op, diag, m, n, &one, da, lda, dc, ldc) == CUBLAS_STATUS_SUCCESS);
          CHECK(wrong_elements(dc.values(), ldc, Exact(2) * right) == 0);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("geam adds and transposes, and does not read what has a factor of 0", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int m = 70, n = 37;
  const T alpha = make<T>(2, 1), beta = make<T>(-1, 3), none = make<T>(0, 0);
  for (auto opa : kOps) {
    for (auto opb : kOps) {
      const int ra = opa == CUBLAS_OP_N ? m : n, rb = opb == CUBLAS_OP_N ? m : n;
      const auto a = random_values<T>(size_t(ra + 1) * (m + n - ra)), b = random_values<T>(size_t(rb) * (m + n - rb));
      const Device<T> da(a), db(b), dc(nans<T>(size_t(m + 2) * n));
      REQUIRE(Api<T>::geam(handle, opa, opb, m, n, &alpha, da, ra + 1, &beta, db, rb, dc, m + 2) ==
              CUBLAS_STATUS_SUCCESS);
      const Matrix first = exact(alpha) * seen(a, ra, m + n - ra, ra + 1, opa);
      CHECK(wrong_elements(dc.values(), m + 2, first + exact(beta) * seen(b, rb, m + n - rb, rb, opb)) == 0);
      REQUIRE(Api<T>::geam(handle, opa, opb, m, n, &alpha, da, ra + 1, &none, nullptr, rb, dc, m + 2) ==
              CUBLAS_STATUS_SUCCESS);
      CHECK(wrong_elements(dc.values(), m + 2, first) == 0);
    }
  }
}

TEMPLATE_TEST_CASE("dgmm, and packed storage there and back", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int m = 9, n = 6;
  const auto a = random_values<T>(m * n), x = random_values<T>(2 * m);
  const Device<T> da(a), dx(x), dc(nans<T>(m * n));
  for (const int inc : {1, -2}) {
    REQUIRE(Api<T>::dgmm(handle, CUBLAS_SIDE_LEFT, m, n, da, m, dx, inc, dc, m) == CUBLAS_STATUS_SUCCESS);
    Matrix expected = seen(a, m, n, m);
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < m; ++i) expected(i, j) *= exact(x[size_t(inc > 0 ? i : 2 * (m - 1 - i))]);
    }
    CHECK(wrong_elements(dc.values(), m, expected) == 0);
  }
  for (auto fill : kFills) {
    const auto packed = random_values<T>(m * (m + 1) / 2);
    const auto before = random_values<T>((m + 1) * m);
    const Device<T> dp(packed), whole(before), again(nans<T>(packed.size()));
    REQUIRE(Api<T>::tpttr(handle, fill, m, dp, whole, m + 1) == CUBLAS_STATUS_SUCCESS);
    REQUIRE(Api<T>::trttp(handle, fill, m, whole, m + 1, again) == CUBLAS_STATUS_SUCCESS);
    const auto back = again.values();
    CHECK(std::memcmp(back.data(), packed.data(), packed.size() * sizeof(T)) == 0);
    CHECK(near(whole.values()[1], exact(fill == CUBLAS_FILL_MODE_LOWER ? packed[1] : before[1])));
  }
}

}  // namespace
