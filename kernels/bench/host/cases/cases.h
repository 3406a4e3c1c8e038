// The rows' makers, one per kernel.
#pragma once

#include "kernels/bench/host/case.h"

namespace qiao::bench {

std::unique_ptr<Case> make_copy(Device& device, Size size);
std::unique_ptr<Case> make_vecadd(Device& device, Size size);
std::unique_ptr<Case> make_saxpy(Device& device, Size size);
std::unique_ptr<Case> make_haxpy(Device& device, Size size);
std::unique_ptr<Case> make_transpose(Device& device, Size size);
std::unique_ptr<Case> make_reduce_sh(Device& device, Size size);
std::unique_ptr<Case> make_reduce_shfl(Device& device, Size size);
std::unique_ptr<Case> make_scan(Device& device, Size size);
std::unique_ptr<Case> make_stencil(Device& device, Size size);
std::unique_ptr<Case> make_bitonic(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_naive(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_t16(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_t32(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_reg(Device& device, Size size);
std::unique_ptr<Case> make_nbody(Device& device, Size size);
std::unique_ptr<Case> make_mandel(Device& device, Size size);
std::unique_ptr<Case> make_bs(Device& device, Size size);
std::unique_ptr<Case> make_hist_sh(Device& device, Size size);
std::unique_ptr<Case> make_hist_gl(Device& device, Size size);
std::unique_ptr<Case> make_spmv(Device& device, Size size);
std::unique_ptr<Case> make_sha256(Device& device, Size size);
std::unique_ptr<Case> make_mcpi(Device& device, Size size);

}  // namespace qiao::bench
