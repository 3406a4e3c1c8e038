#include "kernels/bench/host/blas.h"

#include <dlfcn.h>

namespace qiao::bench {
namespace {

// cblas.h's numbers and signature.
constexpr int kRowMajor = 101, kNoTranspose = 111;
using CblasSgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                            const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
CblasSgemm g_sgemm = nullptr;

void call_sgemm(const float* a, const float* b, float* c, int n) {
  g_sgemm(kRowMajor, kNoTranspose, kNoTranspose, n, n, n, 1.0f, a, n, b, n, 0.0f, c, n);
}

}  // namespace

Sgemm find_openblas() {
  void* library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  g_sgemm = reinterpret_cast<CblasSgemm>(dlsym(library, "cblas_sgemm"));
  const auto set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  if (g_sgemm == nullptr || set_threads == nullptr) return nullptr;
  set_threads(1);
  return call_sgemm;
}

}  // namespace qiao::bench
