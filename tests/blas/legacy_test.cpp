// The first interface (no handle, letters, scalars by value), and cublasXt, whose matrices lie in host memory.
#include "tests/blas/blas_test.h"

#undef cublasSgemm
#undef cublasSdot
#undef cublasIdamax
#undef cublasZscal
#undef cublasStrmm

namespace {

TEST_CASE("the first interface") {
  REQUIRE(cublasInit() == CUBLAS_STATUS_SUCCESS);
  const int n = 12;
  const auto a = random_values<float>(n * n), b = random_values<float>(n * n), c = random_values<float>(n * n);
  const Device<float> da(a), db(b), dc(c);
  cublasSgemm('N', 't', n, n, n, 2.0f, da, n, db, n, -1.0f, dc, n);
  CHECK(cublasGetError() == CUBLAS_STATUS_SUCCESS);
  CHECK(wrong_elements(dc.values(), n,
                       Exact(2) * (seen(a, n, n, n) * seen(b, n, n, n, CUBLAS_OP_T)) + Exact(-1) * seen(c, n, n, n)) ==
        0);
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += double(a[size_t(i)]) * b[size_t(i) * 2];
  CHECK(cublasSdot(n, da, 1, db, 2) == float(sum));
  const Device<double> x(std::vector<double>{1, -7, 3});
  CHECK(cublasIdamax(3, x, 1) == 2);
  const Device<Z> z(std::vector<Z>{{1, 2}, {3, 4}});
  cublasZscal(2, Z{0, 1}, z, 1);
  CHECK(z.values()[1].x == -4);
  CHECK(z.values()[1].y == 3);
  cublasSgemm('X', 'N', n, n, n, 1.0f, da, n, db, n, 0.0f, dc, n);
  CHECK(cublasGetError() == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasGetError() == CUBLAS_STATUS_SUCCESS);
  void* memory = nullptr;
  CHECK(cublasAlloc(16, 4, &memory) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasFree(memory) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasShutdown() == CUBLAS_STATUS_SUCCESS);
}

TEST_CASE("cublasXt on host memory") {
  cublasXtHandle_t handle = nullptr;
  REQUIRE(cublasXtCreate(&handle) == CUBLAS_STATUS_SUCCESS);
  int device = 0;
  CHECK(cublasXtDeviceSelect(handle, 1, &device) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasXtSetBlockDim(handle, 64) == CUBLAS_STATUS_SUCCESS);
  const size_t n = 40;
  const auto a = random_values<double>(n * n), b = random_values<double>(n * n);
  auto c = nans<double>(n * n);
  const double alpha = 1, beta = 0;
  CHECK(cublasXtDgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &alpha, a.data(), n, b.data(), n, &beta, c.data(),
                      n) == CUBLAS_STATUS_SUCCESS);
  CHECK(wrong_elements(c, int(n), seen(a, n, n, n) * seen(b, n, n, n)) == 0);
  CHECK(cublasXtDestroy(handle) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasXtDestroy(handle) == CUBLAS_STATUS_NOT_INITIALIZED);
}

}  // namespace
