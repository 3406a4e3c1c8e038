// Vectors and matrices between host and device: pitched copies whose rows are single elements or columns.
#include "shim/cublas/call.h"
#include "src/runtime/copy.h"

namespace qiao::shim {
namespace {

using runtime::Direction;

cublasStatus_t perform(runtime::CopyRequest request, cudaStream_t stream, bool wait) {
  Result<std::shared_ptr<runtime::Context>> context = runtime::runtime_context();
  if (!context) return blas_answer(context.error());
  if (Result<void> failed = sticky(**context); !failed) return CUBLAS_STATUS_MAPPING_ERROR;
  auto found = stream_of(**context, stream, DefaultStream::Legacy);
  if (!found) return blas_answer(found.error());
  // What copies refuse is that a pointer is not what it is said to be.
  if (Result<void> done = runtime::copy(request, **found, wait); !done) {
    blas_answer(done);
    return CUBLAS_STATUS_MAPPING_ERROR;
  }
  return wait && !sticky(**context) ? CUBLAS_STATUS_MAPPING_ERROR : CUBLAS_STATUS_SUCCESS;
}

template <class I>
cublasStatus_t vector_copy(Direction direction, I n, I bytes, const void* x, I incx, void* y, I incy,
                           cudaStream_t stream, bool wait) {
  if (incx <= 0 || incy <= 0 || bytes <= 0) return CUBLAS_STATUS_INVALID_VALUE;
  if (n <= 0) return CUBLAS_STATUS_SUCCESS;
  const uint64_t size = uint64_t(bytes), count = uint64_t(n);
  const bool dense = incx == 1 && incy == 1;
  const runtime::Box box = dense ? runtime::Box{size * count, 1, 1} : runtime::Box{size, count, 1};
  return perform({.to = {reinterpret_cast<uint64_t>(y), size * uint64_t(incy) * (dense ? count : 1), box.height},
                  .from = {reinterpret_cast<uint64_t>(x), size * uint64_t(incx) * (dense ? count : 1), box.height},
                  .box = box,
                  .direction = direction},
                 stream, wait);
}

template <class I>
cublasStatus_t matrix_copy(Direction direction, I rows, I columns, I bytes, const void* a, I lda, void* b, I ldb,
                           cudaStream_t stream, bool wait) {
  if (rows < 0 || columns < 0 || bytes <= 0 || lda < rows || ldb < rows || lda <= 0 || ldb <= 0) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (rows == 0 || columns == 0) return CUBLAS_STATUS_SUCCESS;
  const uint64_t size = uint64_t(bytes), height = uint64_t(columns);
  return perform({.to = {reinterpret_cast<uint64_t>(b), size * uint64_t(ldb), height},
                  .from = {reinterpret_cast<uint64_t>(a), size * uint64_t(lda), height},
                  .box = {size * uint64_t(rows), height, 1},
                  .direction = direction},
                 stream, wait);
}

template <Direction D, class I>
cublasStatus_t vectors(I n, I bytes, const void* x, I incx, void* y, I incy) {
  return vector_copy(D, n, bytes, x, incx, y, incy, nullptr, true);
}
template <Direction D, class I>
cublasStatus_t vectors_async(I n, I bytes, const void* x, I incx, void* y, I incy, cudaStream_t stream) {
  return vector_copy(D, n, bytes, x, incx, y, incy, stream, false);
}
template <Direction D, class I>
cublasStatus_t matrices_now(I rows, I columns, I bytes, const void* a, I lda, void* b, I ldb) {
  return matrix_copy(D, rows, columns, bytes, a, lda, b, ldb, nullptr, true);
}
template <Direction D, class I>
cublasStatus_t matrices_async(I rows, I columns, I bytes, const void* a, I lda, void* b, I ldb, cudaStream_t stream) {
  return matrix_copy(D, rows, columns, bytes, a, lda, b, ldb, stream, false);
}

constexpr Direction kSet = Direction::HostToDevice, kGet = Direction::DeviceToHost;

}  // namespace

// clang-format off
QIAO_BLAS_WIDTHS(cublasSetVector, cublasSetVector_64, vectors, kSet)
QIAO_BLAS_WIDTHS(cublasGetVector, cublasGetVector_64, vectors, kGet)
QIAO_BLAS_WIDTHS(cublasSetVectorAsync, cublasSetVectorAsync_64, vectors_async, kSet)
QIAO_BLAS_WIDTHS(cublasGetVectorAsync, cublasGetVectorAsync_64, vectors_async, kGet)
QIAO_BLAS_WIDTHS(cublasSetMatrix, cublasSetMatrix_64, matrices_now, kSet)
QIAO_BLAS_WIDTHS(cublasGetMatrix, cublasGetMatrix_64, matrices_now, kGet)
QIAO_BLAS_WIDTHS(cublasSetMatrixAsync, cublasSetMatrixAsync_64, matrices_async, kSet)
QIAO_BLAS_WIDTHS(cublasGetMatrixAsync, cublasGetMatrixAsync_64, matrices_async, kGet)
// clang-format on

}  // namespace qiao::shim
