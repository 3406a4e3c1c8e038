// Level 2: each storage of a matrix against the full matrix it stands for.
#include "tests/blas/blas_test.h"

namespace {

template <class T>
struct Vector {
  std::vector<T> stored;
  int n, inc;
  Vector(int n, int inc, bool empty = false)
      : stored(empty ? nans<T>(size_t(n) * std::abs(inc)) : random_values<T>(size_t(n) * std::abs(inc))),
        n(n),
        inc(inc) {}
  size_t place(int i) const { return size_t(inc > 0 ? i * inc : (n - 1 - i) * -inc); }
  Matrix column() const {
    Matrix made(n, 1);
    for (int i = 0; i < n; ++i) made(i, 0) = exact(stored[place(i)]);
    return made;
  }
  int wrong(const std::vector<T>& found, const Matrix& expected) const {
    int count = 0;
    for (int i = 0; i < n; ++i) count += !near(found[place(i)], expected(i, 0), 8);
    return count;
  }
};

TEMPLATE_TEST_CASE("gemv and gbmv", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const T alpha = make<T>(2, 1), beta = make<T>(-1, 2), none = make<T>(0, 0);
  const int m = 23, n = 14, kl = 3, ku = 2;
  for (auto op : kOps) {
    for (const int inc : {1, 2, -3}) {
      const int from = op == CUBLAS_OP_N ? n : m, to = op == CUBLAS_OP_N ? m : n, lda = m + 2;
      const auto a = random_values<T>(size_t(lda) * n);
      const Vector<T> x(from, inc), y(to, -inc), empty(to, inc, true);
      const Device<T> da(a), dx(x.stored), dy(y.stored), de(empty.stored);
      REQUIRE(Api<T>::gemv(handle, op, m, n, &alpha, da, lda, dx, inc, &beta, dy, -inc) == CUBLAS_STATUS_SUCCESS);
      const Matrix product = exact(alpha) * (seen(a, m, n, lda, op) * x.column());
      CHECK(y.wrong(dy.values(), product + exact(beta) * y.column()) == 0);
      REQUIRE(Api<T>::gemv(handle, op, m, n, &alpha, da, lda, dx, inc, &none, de, inc) == CUBLAS_STATUS_SUCCESS);
      CHECK(empty.wrong(de.values(), product) == 0);

      const int ldb = kl + ku + 2;
      const auto band = random_values<T>(size_t(ldb) * n);
      std::vector<T> full(size_t(m) * n, make<T>(0, 0));
      for (int j = 0; j < n; ++j) {
        for (int i = std::max(0, j - ku); i <= std::min(m - 1, j + kl); ++i) {
          full[size_t(j) * m + i] = band[size_t(j) * ldb + ku + i - j];
        }
      }
      const Device<T> db(band), dz(y.stored);
      REQUIRE(Api<T>::gbmv(handle, op, m, n, kl, ku, &alpha, db, ldb, dx, inc, &beta, dz, -inc) ==
              CUBLAS_STATUS_SUCCESS);
      CHECK(y.wrong(dz.values(), exact(alpha) * (seen(full, m, n, m, op) * x.column()) + exact(beta) * y.column()) ==
            0);
    }
  }
}

// A Hermitian (for real types symmetric) or plainly symmetric matrix in all its storages.
template <class T>
struct Symmetric {
  int n, band;
  Matrix whole;
  std::vector<T> full, packed, banded;
  int ld, ldb;
  Symmetric(int n, int band, cublasFillMode_t fill, bool hermitian)
      : n(n), band(band), whole(n, n), full(random_values<T>(size_t(n + 1) * n)), ld(n + 1), ldb(band + 2) {
    banded = random_values<T>(size_t(ldb) * n);
    const bool lower = fill == CUBLAS_FILL_MODE_LOWER;
    for (int j = 0; j < n; ++j) {
      for (int i = lower ? j : 0; i < (lower ? n : j + 1); ++i) {
        T& value = full[size_t(j) * ld + i];
        if (std::abs(i - j) > band) value = make<T>(0, 0);
        if (i == j) value = make<T>(exact(value).real(), 0);
        packed.push_back(value);
        if (std::abs(i - j) <= band) banded[size_t(j) * ldb + (lower ? i - j : band + i - j)] = value;
        whole(i, j) = exact(value);
        whole(j, i) = hermitian ? std::conj(exact(value)) : exact(value);
      }
    }
  }
};

TEMPLATE_TEST_CASE("symmetric and Hermitian products, full, banded and packed", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const T alpha = make<T>(2, 1), beta = make<T>(-1, 2);
  const int n = 17;
  for (auto fill : kFills) {
    for (const int inc : {1, -2}) {
      const Symmetric<T> h(n, 4, fill, is_complex<T>), s(n, 4, fill, false);
      const Vector<T> x(n, inc), y(n, 1);
      const Device<T> dx(x.stored), full(h.full), packed(h.packed), banded(h.banded), plain(s.full);
      const Matrix expected = exact(alpha) * (h.whole * x.column()) + exact(beta) * y.column();
      const Device<T> y1(y.stored), y2(y.stored), y3(y.stored), y4(y.stored);
      REQUIRE(Api<T>::hemv(handle, fill, n, &alpha, full, h.ld, dx, inc, &beta, y1, 1) == CUBLAS_STATUS_SUCCESS);
      REQUIRE(Api<T>::hbmv(handle, fill, n, h.band, &alpha, banded, h.ldb, dx, inc, &beta, y2, 1) ==
              CUBLAS_STATUS_SUCCESS);
      REQUIRE(Api<T>::hpmv(handle, fill, n, &alpha, packed, dx, inc, &beta, y3, 1) == CUBLAS_STATUS_SUCCESS);
      REQUIRE(Api<T>::symv(handle, fill, n, &alpha, plain, s.ld, dx, inc, &beta, y4, 1) == CUBLAS_STATUS_SUCCESS);
      CHECK(y.wrong(y1.values(), expected) == 0);
      CHECK(y.wrong(y2.values(), expected) == 0);
      CHECK(y.wrong(y3.values(), expected) == 0);
      CHECK(y.wrong(y4.values(), exact(alpha) * (s.whole * x.column()) + exact(beta) * y.column()) == 0);
    }
  }
}

TEMPLATE_TEST_CASE("triangular products and solutions, full, banded and packed", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int n = 12, band = 3, ldb = band + 1;
  for (auto fill : kFills) {
    for (auto op : kOps) {
      for (auto diag : {CUBLAS_DIAG_NON_UNIT, CUBLAS_DIAG_UNIT}) {
        const bool lower = fill == CUBLAS_FILL_MODE_LOWER;
        auto full = random_values<T>(n * n, 1);
        std::vector<T> banded(size_t(ldb) * n, make<T>(0, 0)), packed;
        Matrix t(n, n);
        for (int j = 0; j < n; ++j) {
          for (int i = lower ? j : 0; i < (lower ? n : j + 1); ++i) {
            T& value = full[size_t(j) * n + i];
            if (std::abs(i - j) > band) value = make<T>(0, 0);
            if (i == j) value = make<T>(j % 2 ? 1 : -1, 0);
            packed.push_back(value);
            if (std::abs(i - j) <= band) banded[size_t(j) * ldb + (lower ? i - j : band + i - j)] = value;
            const Exact element = i == j && diag == CUBLAS_DIAG_UNIT ? Exact(1) : exact(value);
            if (op == CUBLAS_OP_N)
              t(i, j) = element;
            else
              t(j, i) = op == CUBLAS_OP_C ? std::conj(element) : element;
          }
        }
        const Vector<T> x(n, -2);
        const Device<T> df(full), db(banded), dp(packed), x1(x.stored), x2(x.stored), x3(x.stored);
        REQUIRE(Api<T>::trmv(handle, fill, op, diag, n, df, n, x1, -2) == CUBLAS_STATUS_SUCCESS);
        REQUIRE(Api<T>::tbmv(handle, fill, op, diag, n, band, db, ldb, x2, -2) == CUBLAS_STATUS_SUCCESS);
        REQUIRE(Api<T>::tpmv(handle, fill, op, diag, n, dp, x3, -2) == CUBLAS_STATUS_SUCCESS);
        for (const auto* found : {&x1, &x2, &x3}) CHECK(x.wrong(found->values(), t * x.column()) == 0);
        REQUIRE(Api<T>::trsv(handle, fill, op, diag, n, df, n, x1, -2) == CUBLAS_STATUS_SUCCESS);
        REQUIRE(Api<T>::tbsv(handle, fill, op, diag, n, band, db, ldb, x2, -2) == CUBLAS_STATUS_SUCCESS);
        REQUIRE(Api<T>::tpsv(handle, fill, op, diag, n, dp, x3, -2) == CUBLAS_STATUS_SUCCESS);
        for (const auto* found : {&x1, &x2, &x3}) CHECK(x.wrong(found->values(), x.column()) == 0);
      }
    }
  }
}

template <class T>
Matrix turned(const Matrix& x, bool conjugated) {
  Matrix made(x.columns, x.rows);
  for (int i = 0; i < x.rows; ++i) made(0, i) = conjugated ? std::conj(x(i, 0)) : x(i, 0);
  return made;
}

TEMPLATE_TEST_CASE("updates of rank one and two", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const T alpha = make<T>(2, 1);
  const Real<T> real_alpha = 3;
  const int m = 15, n = 15, lda = m + 1;
  const Vector<T> x(m, 2), y(n, -1);
  const auto a = random_values<T>(size_t(lda) * n);
  const Device<T> dx(x.stored), dy(y.stored), da(a);
  REQUIRE(Api<T>::ger(handle, m, n, &alpha, dx, 2, dy, -1, da, lda) == CUBLAS_STATUS_SUCCESS);
  CHECK(wrong_elements(da.values(), lda,
                       seen(a, m, n, lda) + exact(alpha) * (x.column() * turned<T>(y.column(), false))) == 0);
  for (auto fill : kFills) {
    const Symmetric<T> h(n, n, fill, is_complex<T>);
    const Device<T> one(h.full), two(h.full), packed_one(h.packed), packed_two(h.packed);
    const Matrix xx = x.column() * turned<T>(x.column(), is_complex<T>);
    const Matrix xy = x.column() * turned<T>(y.column(), is_complex<T>),
                 yx = y.column() * turned<T>(x.column(), is_complex<T>);
    Matrix expected_one = h.whole + Exact(3) * xx;
    const Matrix expected_two = h.whole + exact(alpha) * xy + std::conj(exact(alpha)) * yx;
    if constexpr (is_complex<T>) {
      REQUIRE(Api<T>::her(handle, fill, n, &real_alpha, dx, 2, one, h.ld) == CUBLAS_STATUS_SUCCESS);
    } else {
      REQUIRE(Api<T>::syr(handle, fill, n, &real_alpha, dx, 2, one, h.ld) == CUBLAS_STATUS_SUCCESS);
    }
    REQUIRE(Api<T>::hpr(handle, fill, n, &real_alpha, dx, 2, packed_one) == CUBLAS_STATUS_SUCCESS);
    REQUIRE(Api<T>::her2(handle, fill, n, &alpha, dx, 2, dy, -1, two, h.ld) == CUBLAS_STATUS_SUCCESS);
    REQUIRE(Api<T>::hpr2(handle, fill, n, &alpha, dx, 2, dy, -1, packed_two) == CUBLAS_STATUS_SUCCESS);
    const auto full_one = one.values(), full_two = two.values(), p1 = packed_one.values(), p2 = packed_two.values();
    size_t at = 0;
    int wrong = 0;
    const bool lower = fill == CUBLAS_FILL_MODE_LOWER;
    for (int j = 0; j < n; ++j) {
      for (int i = lower ? j : 0; i < (lower ? n : j + 1); ++i, ++at) {
        const size_t in_full = size_t(j) * h.ld + i;
        wrong += !near(full_one[in_full], expected_one(i, j)) + !near(p1[at], expected_one(i, j));
        wrong += !near(full_two[in_full], expected_two(i, j)) + !near(p2[at], expected_two(i, j));
      }
    }
    CHECK(wrong == 0);
  }
}

}  // namespace
