// Level 1, with every sign of increment, results on host and device, and values that overflow when squared.
#include "tests/blas/blas_test.h"

namespace {

// Element i of a vector, in the order BLAS visits it.
size_t place(int i, int n, int inc) {
  return size_t(inc > 0 ? i * inc : (n - 1 - i) * -inc);
}

TEMPLATE_TEST_CASE("axpy, copy, swap and scal", "", float, double, C, Z) {
  using T = TestType;
  Handle handle;
  const T alpha = make<T>(3, -2);
  for (const int n : {0, 1, 37, 1000}) {
    for (const int incx : {1, 3, -2}) {
      for (const int incy : {1, -1, 2}) {
        const auto x = random_values<T>(size_t(n) * 3 + 1), y = random_values<T>(size_t(n) * 3 + 1);
        const Device<T> dx(x), dy(y), copied(y), sx(x), sy(y);
        REQUIRE(Api<T>::axpy(handle, n, &alpha, dx, incx, dy, incy) == CUBLAS_STATUS_SUCCESS);
        REQUIRE(Api<T>::copy(handle, n, dx, incx, copied, incy) == CUBLAS_STATUS_SUCCESS);
        REQUIRE(Api<T>::swap(handle, n, sx, incx, sy, incy) == CUBLAS_STATUS_SUCCESS);
        const auto sum = dy.values(), copy = copied.values(), other_x = sx.values(), other_y = sy.values();
        int wrong = 0;
        for (int i = 0; i < n; ++i) {
          const size_t px = place(i, n, incx), py = place(i, n, incy);
          wrong += !near(sum[py], exact(alpha) * exact(x[px]) + exact(y[py]));
          wrong += !near(copy[py], exact(x[px])) + !near(other_y[py], exact(x[px])) + !near(other_x[px], exact(y[py]));
        }
        CHECK(wrong == 0);
      }
    }
    const auto x = random_values<T>(size_t(n) * 2 + 1);
    const Device<T> dx(x);
    REQUIRE(Api<T>::scal(handle, n, &alpha, dx, 2) == CUBLAS_STATUS_SUCCESS);
    const auto scaled = dx.values();
    int wrong = 0;
    for (int i = 0; i < n; ++i) {
      wrong += !near(scaled[size_t(i) * 2], exact(alpha) * exact(x[size_t(i) * 2]));
      wrong += !near(scaled[size_t(i) * 2 + 1], exact(x[size_t(i) * 2 + 1]));
    }
    CHECK(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("dot, nrm2, asum and the indices of extremes", "", float, double, C, Z) {
  using T = TestType;
  using R = Real<T>;
  Handle handle;
  for (const bool on_device : {false, true}) {
    REQUIRE(cublasSetPointerMode(handle, on_device ? CUBLAS_POINTER_MODE_DEVICE : CUBLAS_POINTER_MODE_HOST) ==
            CUBLAS_STATUS_SUCCESS);
    for (const int n : {0, 1, 5, 777}) {
      const int inc = 2;
      auto x = random_values<T>(size_t(n) * inc + 1, 50);
      const auto y = random_values<T>(size_t(n) * inc + 1);
      if (n > 5) x[4 * inc] = x[5 * inc] = make<T>(-99, 99);  // the first of equals counts
      if (n > 5) x[3 * inc] = x[2 * inc] = make<T>(0, 0);
      const Device<T> dx(x), dy(y), dot(nans<T>(1));
      const Device<R> norm(nans<R>(1)), sum(nans<R>(1));
      const Device<int> most(std::vector<int>{-1}), least(std::vector<int>{-1});
      T host_dot{};
      R host_norm{}, host_sum{};
      int host_most = -1, host_least = -1;
      REQUIRE(Api<T>::dot(handle, n, dx, inc, dy, -inc, on_device ? dot.at() : &host_dot) == CUBLAS_STATUS_SUCCESS);
      REQUIRE(Api<T>::nrm2(handle, n, dx, inc, on_device ? norm.at() : &host_norm) == CUBLAS_STATUS_SUCCESS);
      REQUIRE(Api<T>::asum(handle, n, dx, inc, on_device ? sum.at() : &host_sum) == CUBLAS_STATUS_SUCCESS);
      REQUIRE(Api<T>::amax(handle, n, dx, inc, on_device ? most.at() : &host_most) == CUBLAS_STATUS_SUCCESS);
      REQUIRE(Api<T>::amin(handle, n, dx, inc, on_device ? least.at() : &host_least) == CUBLAS_STATUS_SUCCESS);
      if (on_device) {
        host_dot = dot.values()[0], host_norm = norm.values()[0], host_sum = sum.values()[0];
        host_most = most.values()[0], host_least = least.values()[0];
      }
      Exact product = 0;
      long double squares = 0, magnitudes = 0, best = -1, worst = 1e9;
      int best_at = 0, worst_at = 0;
      for (int i = 0; i < n; ++i) {
        const Exact value = exact(x[size_t(i) * inc]);
        product += (is_complex<T> ? std::conj(value) : value) * exact(y[place(i, n, -inc)]);
        squares += std::norm(value);
        const long double magnitude = std::fabs(value.real()) + std::fabs(value.imag());
        magnitudes += magnitude;
        if (magnitude > best) best = magnitude, best_at = i + 1;
        if (magnitude < worst) worst = magnitude, worst_at = i + 1;
      }
      CHECK(near(host_dot, product));
      CHECK(near(host_norm, std::sqrt(squares), 4));
      CHECK(near(host_sum, magnitudes));
      CHECK(host_most == best_at);
      CHECK(host_least == worst_at);
    }
  }
}

TEMPLATE_TEST_CASE("nrm2 neither overflows nor underflows", "", float, double) {
  using T = TestType;
  Handle handle;
  const T large = std::numeric_limits<T>::max() / 4, small = std::numeric_limits<T>::min() * 2;
  for (const T value : {large, small}) {
    const Device<T> x(std::vector<T>(4, value));
    T norm = 0;
    REQUIRE(Api<T>::nrm2(handle, 4, x, 1, &norm) == CUBLAS_STATUS_SUCCESS);
    CHECK(std::fabs(norm / value - 2) < 1e-5);
  }
}

TEST_CASE("rotations") {
  Handle handle;
  double a = 3, b = 4, c = 0, s = 0;
  REQUIRE(cublasDrotg(handle, &a, &b, &c, &s) == CUBLAS_STATUS_SUCCESS);
  CHECK(std::fabs(a - 5) < 1e-15);
  CHECK(std::fabs(c - 0.6) < 1e-15);
  CHECK(std::fabs(s - 0.8) < 1e-15);
  CHECK(std::fabs(b - 1 / 0.6) < 1e-15);
  const Device<double> x(std::vector<double>{3, 1}), y(std::vector<double>{4, 2});
  REQUIRE(cublasDrot(handle, 2, x, 1, y, 1, &c, &s) == CUBLAS_STATUS_SUCCESS);
  CHECK(std::fabs(x.values()[0] - 5) < 1e-14);
  CHECK(std::fabs(y.values()[0]) < 1e-14);
  CHECK(std::fabs(x.values()[1] - 2.2) < 1e-14);
  CHECK(std::fabs(y.values()[1] - 0.4) < 1e-14);
  const float param[5] = {0, 0, 2, 3, 0};  // H = [1 3; 2 1]
  const Device<float> u(std::vector<float>{1, 2}), v(std::vector<float>{5, 7});
  REQUIRE(cublasSrotm(handle, 2, u, 1, v, 1, param) == CUBLAS_STATUS_SUCCESS);
  CHECK(u.values() == std::vector<float>{16, 23});
  CHECK(v.values() == std::vector<float>{7, 11});
  // rotmg's matrix sends the second component to 0, and keeps the weighted length.
  for (const double d2 : {2.0, 0.25, 1e9}) {
    double d1 = 3, e2 = d2, x1 = 2, h[5] = {};
    const double y1 = 5;
    REQUIRE(cublasDrotmg(handle, &d1, &e2, &x1, &y1, h) == CUBLAS_STATUS_SUCCESS);
    const Device<double> p(std::vector<double>{2}), q(std::vector<double>{5});
    REQUIRE(cublasDrotm(handle, 1, p, 1, q, 1, h) == CUBLAS_STATUS_SUCCESS);
    CHECK(std::fabs(q.values()[0]) < 1e-12);
    CHECK(std::fabs(p.values()[0] / x1 - 1) < 1e-12);
    CHECK(std::fabs(d1 * x1 * x1 / (3 * 4 + d2 * 25) - 1) < 1e-12);
  }
}

}  // namespace
