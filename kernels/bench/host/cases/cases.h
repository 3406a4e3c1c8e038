// The rows' makers, one per kernel.
#pragma once

#include "kernels/bench/host/case.h"

namespace qiao::bench {

std::unique_ptr<Case> make_vecadd(Device& device, Size size);
std::unique_ptr<Case> make_reduce_sh(Device& device, Size size);
std::unique_ptr<Case> make_reduce_shfl(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_naive(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_t16(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_t32(Device& device, Size size);
std::unique_ptr<Case> make_sgemm_reg(Device& device, Size size);
std::unique_ptr<Case> make_nbody(Device& device, Size size);
std::unique_ptr<Case> make_mandel(Device& device, Size size);

}  // namespace qiao::bench
