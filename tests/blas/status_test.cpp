// Handles, modes, transfers, what each wrong argument answers, order in streams, and capture.
#include <string>

#include "tests/blas/blas_test.h"

namespace {

TEST_CASE("a handle and its modes") {
  CHECK(cublasCreate(nullptr) == CUBLAS_STATUS_INVALID_VALUE);
  Handle handle;
  int version = 0, major = 0;
  CHECK(cublasGetVersion(handle, &version) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasGetProperty(MAJOR_VERSION, &major) == CUBLAS_STATUS_SUCCESS);
  CHECK(version / 10000 == major);
  cublasPointerMode_t pointers{};
  CHECK(cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_DEVICE) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasGetPointerMode(handle, &pointers) == CUBLAS_STATUS_SUCCESS);
  CHECK(pointers == CUBLAS_POINTER_MODE_DEVICE);
  CHECK(cublasSetPointerMode(handle, cublasPointerMode_t(7)) == CUBLAS_STATUS_INVALID_VALUE);
  cublasMath_t math{};
  CHECK(cublasSetMathMode(handle, CUBLAS_TF32_TENSOR_OP_MATH) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasGetMathMode(handle, &math) == CUBLAS_STATUS_SUCCESS);
  CHECK(math == CUBLAS_TF32_TENSOR_OP_MATH);
  cublasAtomicsMode_t atomics{};
  CHECK(cublasSetAtomicsMode(handle, CUBLAS_ATOMICS_ALLOWED) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasGetAtomicsMode(handle, &atomics) == CUBLAS_STATUS_SUCCESS);
  CHECK(atomics == CUBLAS_ATOMICS_ALLOWED);
  CHECK(std::string(cublasGetStatusName(CUBLAS_STATUS_ALLOC_FAILED)) == "CUBLAS_STATUS_ALLOC_FAILED");
  CHECK(std::string(cublasGetStatusString(CUBLAS_STATUS_SUCCESS)) == "success");
}

TEST_CASE("a handle that is gone, or never was") {
  cublasHandle_t handle = nullptr;
  REQUIRE(cublasCreate(&handle) == CUBLAS_STATUS_SUCCESS);
  REQUIRE(cublasDestroy(handle) == CUBLAS_STATUS_SUCCESS);
  const float one = 1;
  const Device<float> x(std::vector<float>(4));
  CHECK(cublasDestroy(handle) == CUBLAS_STATUS_NOT_INITIALIZED);
  CHECK(cublasSaxpy(handle, 4, &one, x, 1, x, 1) == CUBLAS_STATUS_NOT_INITIALIZED);
  CHECK(cublasSetStream(nullptr, nullptr) == CUBLAS_STATUS_NOT_INITIALIZED);
}

TEST_CASE("wrong arguments of gemm, one at a time") {
  Handle handle;
  const Device<float> a(std::vector<float>(64)), b(std::vector<float>(64)), c(std::vector<float>(64));
  const float one = 1;
  const auto gemm = [&](cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k, const float* alpha, int lda,
                        int ldb, const float* beta, int ldc) {
    return cublasSgemm(handle, opa, opb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  };
  const auto N = CUBLAS_OP_N, T = CUBLAS_OP_T;
  CHECK(gemm(N, N, 4, 5, 6, &one, 4, 6, &one, 4) == CUBLAS_STATUS_SUCCESS);
  CHECK(gemm(N, N, 0, 5, 6, &one, 1, 6, &one, 1) == CUBLAS_STATUS_SUCCESS);
  for (const cublasStatus_t status :
       {gemm(cublasOperation_t(9), N, 4, 5, 6, &one, 4, 6, &one, 4),
        gemm(N, cublasOperation_t(-1), 4, 5, 6, &one, 4, 6, &one, 4), gemm(N, N, -1, 5, 6, &one, 4, 6, &one, 4),
        gemm(N, N, 4, -1, 6, &one, 4, 6, &one, 4), gemm(N, N, 4, 5, -1, &one, 4, 6, &one, 4),
        gemm(N, N, 4, 5, 6, nullptr, 4, 6, &one, 4), gemm(N, N, 4, 5, 6, &one, 3, 6, &one, 4),
        gemm(T, N, 4, 5, 6, &one, 5, 6, &one, 4), gemm(N, N, 4, 5, 6, &one, 4, 5, &one, 4),
        gemm(N, T, 4, 5, 6, &one, 4, 4, &one, 4), gemm(N, N, 4, 5, 6, &one, 4, 6, nullptr, 4),
        gemm(N, N, 4, 5, 6, &one, 4, 6, &one, 3), gemm(N, N, 4, 5, 6, &one, 0, 6, &one, 4)}) {
    CHECK(status == CUBLAS_STATUS_INVALID_VALUE);
  }
}

TEST_CASE("wrong arguments elsewhere") {
  Handle handle;
  const Device<double> a(std::vector<double>(64)), x(std::vector<double>(64)), y(std::vector<double>(64));
  const double one = 1;
  const auto N = CUBLAS_OP_N;
  const auto lower = CUBLAS_FILL_MODE_LOWER;
  CHECK(cublasDgemv(handle, N, 4, 4, &one, a, 3, x, 1, &one, y, 1) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDgemv(handle, N, 4, 4, &one, a, 4, x, 0, &one, y, 1) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDtrsv(handle, CUBLAS_FILL_MODE_FULL, N, CUBLAS_DIAG_UNIT, 4, a, 4, x, 1) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDtrsv(handle, lower, N, cublasDiagType_t(5), 4, a, 4, x, 1) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDsymm(handle, cublasSideMode_t(3), lower, 4, 4, &one, a, 4, x, 4, &one, y, 4) ==
        CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDgbmv(handle, N, 4, 4, 1, 1, &one, a, 2, x, 1, &one, y, 1) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDdot(handle, 4, x, 1, y, 1, nullptr) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDgeam(handle, CUBLAS_OP_T, N, 4, 4, &one, a, 4, &one, x, 4, a, 4) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasSetVector(4, 8, nullptr, 0, a, 1) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDaxpy_64(handle, int64_t{1} << 40, &one, x, 1, y, 1) == CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_CASE("vectors and matrices there and back") {
  const std::vector<int> from = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const Device<int> device(std::vector<int>(30, 0));
  std::vector<int> back(12, 0);
  REQUIRE(cublasSetVector(4, sizeof(int), from.data(), 2, device, 3) == CUBLAS_STATUS_SUCCESS);
  CHECK(device.values()[3] == 3);
  CHECK(device.values()[1] == 0);
  REQUIRE(cublasGetVector(4, sizeof(int), device, 3, back.data(), 1) == CUBLAS_STATUS_SUCCESS);
  CHECK(std::vector<int>(back.begin(), back.begin() + 4) == std::vector<int>{1, 3, 5, 7});
  REQUIRE(cublasSetMatrix(3, 4, sizeof(int), from.data(), 3, device, 7) == CUBLAS_STATUS_SUCCESS);
  CHECK(device.values()[7] == 4);
  REQUIRE(cublasGetMatrixAsync(3, 4, sizeof(int), device, 7, back.data(), 3, nullptr) == CUBLAS_STATUS_SUCCESS);
  REQUIRE(cudaDeviceSynchronize() == cudaSuccess);
  CHECK(back == from);
}

__attribute__((noinline)) void delay(void* flag) {
  while (!*static_cast<volatile bool*>(flag)) {
  }
}

TEST_CASE("a call returns before its work is done, and follows what the stream holds") {
  Handle handle;
  cudaStream_t stream;
  REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  REQUIRE(cublasSetStream(handle, stream) == CUBLAS_STATUS_SUCCESS);
  const Device<float> x(std::vector<float>(8, 1.0f)), y(std::vector<float>(8, 2.0f));
  bool go = false;
  const float three = 3;
  REQUIRE(cudaLaunchHostFunc(stream, delay, &go) == cudaSuccess);
  REQUIRE(cudaMemsetAsync(y, 0, 8 * sizeof(float), stream) == cudaSuccess);
  REQUIRE(cublasSaxpy(handle, 8, &three, x, 1, y, 1) == CUBLAS_STATUS_SUCCESS);
  CHECK(cudaStreamQuery(stream) == cudaErrorNotReady);
  *static_cast<volatile bool*>(&go) = true;
  REQUIRE(cudaStreamSynchronize(stream) == cudaSuccess);
  CHECK(y.values() == std::vector<float>(8, 3.0f));
  cudaStreamDestroy(stream);
}

TEST_CASE("a captured call runs with each launch of the graph, by the arguments it was given") {
  Handle handle;
  cudaStream_t stream;
  REQUIRE(cudaStreamCreate(&stream) == cudaSuccess);
  REQUIRE(cublasSetStream(handle, stream) == CUBLAS_STATUS_SUCCESS);
  const int n = 16;
  const auto a = random_values<double>(n * n), b = random_values<double>(n * n);
  const Device<double> da(a), db(b), dc(std::vector<double>(n * n, 0.0)), sum(std::vector<double>(1, -1.0));
  double one = 1;
  cudaGraph_t graph;
  cudaGraphExec_t instance;
  REQUIRE(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal) == cudaSuccess);
  CHECK(cublasDgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &one, da, n, db, n, &one, dc, n) ==
        CUBLAS_STATUS_SUCCESS);
  CHECK(cublasDscal(handle, n * n, &one, dc, 1) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_DEVICE) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasDasum(handle, n * n, dc, 1, sum) == CUBLAS_STATUS_SUCCESS);
  REQUIRE(cudaStreamEndCapture(stream, &graph) == cudaSuccess);
  one = 100;  // a scalar of the host was taken at the call
  size_t nodes = 0;
  REQUIRE(cudaGraphGetNodes(graph, nullptr, &nodes) == cudaSuccess);
  CHECK(nodes == 3);
  CHECK(dc.values()[0] == 0);
  REQUIRE(cudaGraphInstantiate(&instance, graph, 0) == cudaSuccess);
  const Matrix product = seen(a, n, n, n) * seen(b, n, n, n);
  for (int launch = 1; launch <= 3; ++launch) {
    REQUIRE(cudaGraphLaunch(instance, stream) == cudaSuccess);
    REQUIRE(cudaStreamSynchronize(stream) == cudaSuccess);
    CHECK(wrong_elements(dc.values(), n, Exact(launch) * product) == 0);
    long double expected = 0;
    for (const Exact& value : product.at) expected += std::fabs(value.real()) * launch;
    CHECK(near(sum.values()[0], expected));
  }
  cudaGraphExecDestroy(instance);
  cudaGraphDestroy(graph);
  cudaStreamDestroy(stream);
}

TEST_CASE("memory of every kind") {
  Handle handle;
  const float two = 2, ones[4] = {1, 1, 1, 1};
  cudaStream_t stream;
  REQUIRE(cudaStreamCreate(&stream) == cudaSuccess);
  REQUIRE(cublasSetStream(handle, stream) == CUBLAS_STATUS_SUCCESS);
  void *managed = nullptr, *pinned = nullptr, *pooled = nullptr;
  alignas(4096) static float registered[1024];
  REQUIRE(cudaMallocManaged(&managed, sizeof ones, cudaMemAttachGlobal) == cudaSuccess);
  REQUIRE(cudaMallocHost(&pinned, sizeof ones) == cudaSuccess);
  REQUIRE(cudaMallocAsync(&pooled, sizeof ones, stream) == cudaSuccess);
  REQUIRE(cudaHostRegister(registered, sizeof registered, 0) == cudaSuccess);
  for (void* memory : {managed, pinned, pooled, static_cast<void*>(registered)}) {
    float back[4] = {};
    REQUIRE(cudaMemcpyAsync(memory, ones, sizeof ones, cudaMemcpyDefault, stream) == cudaSuccess);
    CHECK(cublasSscal(handle, 4, &two, static_cast<float*>(memory), 1) == CUBLAS_STATUS_SUCCESS);
    REQUIRE(cudaMemcpyAsync(back, memory, sizeof back, cudaMemcpyDefault, stream) == cudaSuccess);
    REQUIRE(cudaStreamSynchronize(stream) == cudaSuccess);
    CHECK(back[3] == 2);
  }
  CHECK(cudaHostUnregister(registered) == cudaSuccess);
  CHECK(cudaFreeAsync(pooled, stream) == cudaSuccess);
  CHECK(cudaFree(managed) == cudaSuccess);
  CHECK(cudaFreeHost(pinned) == cudaSuccess);
  cudaStreamDestroy(stream);
}

TEST_CASE("what a factor of 0 leaves unread need not be there") {
  Handle handle;
  const Device<float> c(std::vector<float>(16, 3.0f));
  const float zero = 0, two = 2;
  CHECK(cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, 4, 4, 4, &zero, nullptr, 4, nullptr, 4, &two, c, 4) ==
        CUBLAS_STATUS_SUCCESS);
  CHECK(c.values() == std::vector<float>(16, 6.0f));
}

// Last in the file: the error sticks.
TEST_CASE("a host pointer as a matrix is an illegal address, not a fault") {
  Handle handle;
  const std::vector<float> host(64, 1.0f);
  const Device<float> c(std::vector<float>(64));
  const float one = 1;
  CHECK(cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, 8, 8, 8, &one, host.data(), 8, c, 8, &one, c, 8) ==
        CUBLAS_STATUS_SUCCESS);
  CHECK(cudaDeviceSynchronize() == cudaErrorIllegalAddress);
  CHECK(cublasSscal(handle, 8, &one, c, 1) == CUBLAS_STATUS_EXECUTION_FAILED);
}

}  // namespace
