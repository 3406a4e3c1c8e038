// The rows, with what each is to reach (the ratio to native; for the matrix products to the best of OpenBLAS and
// native).
#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {

// clang-format off
const std::vector<CaseInfo>& all_cases() {
  static const std::vector<CaseInfo> kCases = {
      // name        .cu file     unit       bounded by    target  blas   maker
      {"vecadd",      "streams",   "GB/s",    Limit::Copy,  0.95, false, make_vecadd},
      {"reduce_sh",   "reduce",    "GB/s",    Limit::Read,  0.55, false, make_reduce_sh},
      {"reduce_shfl", "reduce",    "GB/s",    Limit::Read,  0,    false, make_reduce_shfl},
      {"sgemm_naive", "sgemm",     "GFLOP/s", Limit::Fma,   0.33, true,  make_sgemm_naive},
      {"sgemm_t16",   "sgemm",     "GFLOP/s", Limit::Fma,   0.65, true,  make_sgemm_t16},
      {"sgemm_t32",   "sgemm",     "GFLOP/s", Limit::Fma,   0.65, true,  make_sgemm_t32},
      {"sgemm_reg",   "sgemm_reg", "GFLOP/s", Limit::Fma,   0.78, true,  make_sgemm_reg},
      {"nbody",       "nbody",     "GFLOP/s", Limit::Fma,   0.95, false, make_nbody},
      {"mandel",      "mandel",    "Giter/s", Limit::None,  1.5,  false, make_mandel},
  };
  return kCases;
}
// clang-format on

}  // namespace qiao::bench
