// Batches: products, solutions, factorisations.
#include "tests/blas/blas_test.h"

namespace {

constexpr int kBatches = 5;

template <class T>
std::vector<T*> pointers(T* at, size_t stride, int count = kBatches) {
  std::vector<T*> made;
  for (int i = 0; i < count; ++i) made.push_back(at + size_t(i) * stride);
  return made;
}

template <class T>
std::vector<T> part(const std::vector<T>& whole, size_t at, size_t count) {
  return {whole.begin() + long(at), whole.begin() + long(at + count)};
}

TEMPLATE_TEST_CASE("products by pointers and by strides", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int m = 9, n = 7, k = 12, ldc = m + 1;
  const size_t sa = m * k + 3, sb = k * n, sc = ldc * n + 5;
  const auto a = random_values<T>(sa * kBatches), b = random_values<T>(sb * kBatches),
             c = random_values<T>(sc * kBatches);
  const Device<T> da(a), db(b), by_pointer(c), by_stride(c), repeated(c);
  const Device<T*> pa(pointers(da.at(), sa)), pb(pointers(db.at(), sb)), pc(pointers(by_pointer.at(), sc));
  const T alpha = make<T>(2, 1), beta = make<T>(1, -1);
  REQUIRE(Api<T>::batched(handle, CUBLAS_OP_N, CUBLAS_OP_C, m, n, k, &alpha, pa.at(), m, pb.at(), n, &beta, pc.at(),
                          ldc, kBatches) == CUBLAS_STATUS_SUCCESS);
  REQUIRE(Api<T>::strided(handle, CUBLAS_OP_N, CUBLAS_OP_C, m, n, k, &alpha, da, m, sa, db, n, sb, &beta, by_stride,
                          ldc, sc, kBatches) == CUBLAS_STATUS_SUCCESS);
  REQUIRE(Api<T>::strided(handle, CUBLAS_OP_N, CUBLAS_OP_C, m, n, k, &alpha, da, m, 0, db, n, sb, &beta, repeated, ldc,
                          sc, kBatches) == CUBLAS_STATUS_SUCCESS);
  const auto one = by_pointer.values(), two = by_stride.values(), three = repeated.values();
  for (int i = 0; i < kBatches; ++i) {
    const Matrix right = seen(part(b, i * sb, sb), n, k, n, CUBLAS_OP_C);
    const Matrix old = exact(beta) * seen(part(c, i * sc, sc), m, n, ldc);
    const Matrix expected = exact(alpha) * (seen(part(a, i * sa, sa), m, k, m) * right) + old;
    CHECK(wrong_elements(part(one, i * sc, sc), ldc, expected) == 0);
    CHECK(wrong_elements(part(two, i * sc, sc), ldc, expected) == 0);
    CHECK(wrong_elements(part(three, i * sc, sc), ldc, exact(alpha) * (seen(a, m, k, m) * right) + old) == 0);
  }
}

TEST_CASE("grouped products of different shapes") {
  Handle handle;
  const cublasOperation_t opa[] = {CUBLAS_OP_N, CUBLAS_OP_T}, opb[] = {CUBLAS_OP_N, CUBLAS_OP_N};
  const int m[] = {4, 3}, n[] = {2, 5}, k[] = {6, 7}, lda[] = {4, 7}, ldb[] = {6, 7}, ldc[] = {4, 3}, sizes[] = {2, 1};
  const float alpha[] = {1, 2}, beta[] = {0, 1};
  const auto a = random_values<float>(200), b = random_values<float>(200), c = random_values<float>(200);
  const Device<float> da(a), db(b), dc(c);
  const Device<float*> pa(std::vector<float*>{da.at(), da.at() + 50, da.at() + 100});
  const Device<float*> pb(std::vector<float*>{db.at(), db.at() + 50, db.at() + 100});
  const Device<float*> pc(std::vector<float*>{dc.at(), dc.at() + 50, dc.at() + 100});
  REQUIRE(cublasSgemmGroupedBatched(handle, opa, opb, m, n, k, alpha, pa.at(), lda, pb.at(), ldb, beta, pc.at(), ldc, 2,
                                    sizes) == CUBLAS_STATUS_SUCCESS);
  const auto found = dc.values();
  for (const size_t at : {0, 50}) {
    CHECK(wrong_elements(part(found, at, 50), 4, seen(part(a, at, 50), 4, 6, 4) * seen(part(b, at, 50), 6, 2, 6)) == 0);
  }
  CHECK(wrong_elements(part(found, 100, 50), 3,
                       Exact(2) * (seen(part(a, 100, 50), 7, 3, 7, CUBLAS_OP_T) * seen(part(b, 100, 50), 7, 5, 7)) +
                           seen(part(c, 100, 50), 3, 5, 3)) == 0);
}

TEMPLATE_TEST_CASE("LU, its solutions and inverses", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  for (const bool pivoted : {true, false}) {
    const int n = 10, nrhs = 3, lda = n + 1;
    const size_t sa = lda * n, sb = n * nrhs;
    auto a = random_values<T>(sa * kBatches);
    for (int i = 0; i < kBatches; ++i) {
      for (int j = 0; j < n; ++j) a[i * sa + size_t(j) * lda + j] = make<T>(60 + j, 1);  // well conditioned
    }
    const auto x = random_values<T>(sb * kBatches);
    std::vector<T> b(x.size());
    for (int i = 0; i < kBatches; ++i) {
      const Matrix right = seen(part(a, i * sa, sa), n, n, lda) * seen(part(x, i * sb, sb), n, nrhs, n);
      for (size_t at = 0; at < sb; ++at)
        b[i * sb + at] = make<T>(double(right.at[at].real()), double(right.at[at].imag()));
    }
    const Device<T> da(a), db(b), dc(nans<T>(sa * kBatches));
    const Device<T*> pa(pointers(da.at(), sa)), pb(pointers(db.at(), sb)), pc(pointers(dc.at(), sa));
    const Device<int> pivots(std::vector<int>(n * kBatches, -1)), info(std::vector<int>(kBatches, -1));
    int* const rows = pivoted ? pivots.at() : nullptr;
    int status = -1;
    REQUIRE(Api<T>::getrf(handle, n, pa.at(), lda, rows, info, kBatches) == CUBLAS_STATUS_SUCCESS);
    CHECK(info.values() == std::vector<int>(kBatches, 0));
    REQUIRE(Api<T>::getrs(handle, CUBLAS_OP_N, n, nrhs, pa.at(), lda, rows, pb.at(), n, &status, kBatches) ==
            CUBLAS_STATUS_SUCCESS);
    CHECK(status == 0);
    REQUIRE(Api<T>::getri(handle, n, pa.at(), lda, rows, pc.at(), lda, info, kBatches) == CUBLAS_STATUS_SUCCESS);
    CHECK(info.values() == std::vector<int>(kBatches, 0));
    const auto solved = db.values(), inverse = dc.values();
    for (int i = 0; i < kBatches; ++i) {
      CHECK(wrong_elements(part(solved, i * sb, sb), n, seen(part(x, i * sb, sb), n, nrhs, n), 100) == 0);
      Matrix identity(n, n);
      for (int j = 0; j < n; ++j) identity(j, j) = 1;
      const Matrix product = seen(part(inverse, i * sa, sa), n, n, lda) * seen(part(a, i * sa, sa), n, n, lda);
      long double worst = 0;
      for (size_t at = 0; at < product.at.size(); ++at)
        worst = std::max(worst, std::abs(product.at[at] - identity.at[at]));
      CHECK(worst < (sizeof(Real<T>) == 4 ? 1e-5 : 1e-13));
    }
  }
}

TEMPLATE_TEST_CASE("inverses, singular ones told", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int n = 3;
  const std::vector<T> a = {make<T>(2, 0), make<T>(0, 0), make<T>(0, 0), make<T>(0, 0), make<T>(4, 0), make<T>(0, 0),
                            make<T>(0, 0), make<T>(0, 0), make<T>(8, 0), make<T>(1, 0), make<T>(1, 0), make<T>(1, 0),
                            make<T>(1, 0), make<T>(1, 0), make<T>(1, 0), make<T>(1, 0), make<T>(1, 0), make<T>(1, 0)};
  const Device<T> da(a), inverse(nans<T>(18));
  const Device<T*> pa(pointers(da.at(), 9, 2)), pi(pointers(inverse.at(), 9, 2));
  const Device<int> info(std::vector<int>(2, -1));
  REQUIRE(Api<T>::matinv(handle, n, pa.at(), n, pi.at(), n, info, 2) == CUBLAS_STATUS_SUCCESS);
  CHECK(info.values()[0] == 0);
  CHECK(info.values()[1] > 0);
  CHECK(near(inverse.values()[0], 0.5L));
  CHECK(near(inverse.values()[8], 0.125L));
  CHECK(Api<T>::matinv(handle, 33, pa.at(), 33, pi.at(), 33, info, 2) == CUBLAS_STATUS_INVALID_VALUE);
}

TEMPLATE_TEST_CASE("QR and least squares", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int m = 8, n = 4, nrhs = 2;
  const auto a = random_values<T>(m * n * kBatches, 9), x = random_values<T>(n * nrhs * kBatches);
  std::vector<T> b(m * nrhs * kBatches);
  for (int i = 0; i < kBatches; ++i) {  // a consistent system, whose solution is x
    const Matrix right =
        seen(part(a, size_t(i) * m * n, m * n), m, n, m) * seen(part(x, size_t(i) * n * nrhs, n * nrhs), n, nrhs, n);
    for (size_t at = 0; at < right.at.size(); ++at) {
      b[size_t(i) * m * nrhs + at] = make<T>(double(right.at[at].real()), double(right.at[at].imag()));
    }
  }
  const Device<T> da(a), db(b), again(a), tau(nans<T>(n * kBatches));
  const Device<T*> pa(pointers(da.at(), m * n)), pb(pointers(db.at(), m * nrhs)), pq(pointers(again.at(), m * n)),
      pt(pointers(tau.at(), n));
  const Device<int> found(std::vector<int>(kBatches, -1));
  int info = -1;
  REQUIRE(Api<T>::gels(handle, CUBLAS_OP_N, m, n, nrhs, pa.at(), m, pb.at(), m, &info, found, kBatches) ==
          CUBLAS_STATUS_SUCCESS);
  CHECK(info == 0);
  CHECK(found.values() == std::vector<int>(kBatches, 0));
  const auto solved = db.values();
  REQUIRE(Api<T>::geqrf(handle, m, n, pq.at(), m, pt.at(), &info, kBatches) == CUBLAS_STATUS_SUCCESS);
  const auto factored = again.values();
  for (int i = 0; i < kBatches; ++i) {
    CHECK(wrong_elements(part(solved, size_t(i) * m * nrhs, m * nrhs), m,
                         seen(part(x, size_t(i) * n * nrhs, n * nrhs), n, nrhs, n), 500) == 0);
    // Columns keep their lengths: |R's first column| is |A's|.
    long double length = 0;
    for (int j = 0; j < m; ++j) length += std::norm(exact(a[size_t(i) * m * n + j]));
    CHECK(std::fabs(std::abs(exact(factored[size_t(i) * m * n])) / std::sqrt(length) - 1) < 1e-5);
  }
}

TEMPLATE_TEST_CASE("triangular solutions in a batch", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const int m = 6, n = 4;
  auto a = random_values<T>(m * m * kBatches, 1);
  for (int i = 0; i < kBatches; ++i) {
    for (int j = 0; j < m; ++j) {
      for (int r = 0; r < m; ++r) {
        T& value = a[size_t(i) * m * m + j * m + r];
        if (r == j) value = make<T>(1, 0);
        if (r < j) value = make<T>(0, 0);
      }
    }
  }
  const auto x = random_values<T>(m * n * kBatches);
  const Device<T> da(a), db(x);
  const Device<T*> pa(pointers(da.at(), m * m)), pb(pointers(db.at(), m * n));
  const T two = make<T>(2, 0);
  REQUIRE(Api<T>::trsm_batched(handle, CUBLAS_SIDE_LEFT, CUBLAS_FILL_MODE_LOWER, CUBLAS_OP_N, CUBLAS_DIAG_NON_UNIT, m,
                               n, &two, pa.at(), m, pb.at(), m, kBatches) == CUBLAS_STATUS_SUCCESS);
  const auto found = db.values();
  for (int i = 0; i < kBatches; ++i) {
    const Matrix product =
        seen(part(a, size_t(i) * m * m, m * m), m, m, m) * seen(part(found, size_t(i) * m * n, m * n), m, n, m);
    const Matrix expected = Exact(2) * seen(part(x, size_t(i) * m * n, m * n), m, n, m);
    int wrong = 0;
    for (size_t at = 0; at < product.at.size(); ++at) wrong += std::abs(product.at[at] - expected.at[at]) > 1e-9;
    CHECK(wrong == 0);
  }
}

}  // namespace
