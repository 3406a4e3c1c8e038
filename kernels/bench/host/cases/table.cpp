// The rows, with what each is to reach (the ratio to native; for the matrix products to the best of OpenBLAS and
// native).
#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {

// clang-format off
const std::vector<CaseInfo>& all_cases() {
  static const std::vector<CaseInfo> kCases = {
      // name         .cu file      unit       bounded by     target blas  maker
      {"copy",        "streams",    "GB/s",    Limit::Copy,   0.95, false, make_copy},
      {"vecadd",      "streams",    "GB/s",    Limit::Copy,   0.95, false, make_vecadd},
      {"saxpy",       "streams",    "GB/s",    Limit::Update, 0.95, false, make_saxpy},
      {"haxpy",       "haxpy",      "GB/s",    Limit::Update, 0.95, false, make_haxpy},
      {"transpose",   "transpose",  "GB/s",    Limit::Copy,   0.7,  false, make_transpose},
      {"reduce_sh",   "reduce",     "GB/s",    Limit::Read,   0.55, false, make_reduce_sh},
      {"reduce_shfl", "reduce",     "GB/s",    Limit::Read,   0,    false, make_reduce_shfl},
      {"scan",        "scan",       "GB/s",    Limit::Copy,   0.65, false, make_scan},
      {"stencil",     "stencil",    "GB/s",    Limit::Copy,   0.9,  false, make_stencil},
      {"bitonic",     "bitonic",    "GB/s",    Limit::None,   0.55, false, make_bitonic},
      {"sgemm_naive", "sgemm",      "GFLOP/s", Limit::Fma,    0.33, true,  make_sgemm_naive},
      {"sgemm_t16",   "sgemm",      "GFLOP/s", Limit::Fma,    0.65, true,  make_sgemm_t16},
      {"sgemm_t32",   "sgemm",      "GFLOP/s", Limit::Fma,    0.65, true,  make_sgemm_t32},
      {"sgemm_reg",   "sgemm_reg",  "GFLOP/s", Limit::Fma,    0.78, true,  make_sgemm_reg},
      {"nbody",       "nbody",      "GFLOP/s", Limit::Fma,    0.95, false, make_nbody},
      {"mandel",      "mandel",     "Giter/s", Limit::None,   1.5,  false, make_mandel},
      {"bs",          "bs",         "Gopt/s",  Limit::None,   3,    false, make_bs},
      {"hist_sh",     "hist",       "Gelem/s", Limit::None,   1,    false, make_hist_sh},
      {"hist_gl",     "hist",       "Gelem/s", Limit::None,   1,    false, make_hist_gl},
      {"spmv",        "spmv",       "GFLOP/s", Limit::None,   0.85, false, make_spmv},
      {"sha256",      "sha256",     "GH/s",    Limit::None,   1.3,  false, make_sha256},
      {"mcpi",        "mcpi",       "Gsamp/s", Limit::None,   0.95, false, make_mcpi},
  };
  return kCases;
}
// clang-format on

}  // namespace qiao::bench
