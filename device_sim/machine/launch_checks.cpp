// Launch limits. InvalidConfiguration: the shape is outside the chip's limits; LaunchOutOfResources: outside the
// kernel's; InvalidValue: shared memory and parameters (CUDA runtime API manual, cudaLaunchKernel and cudaError_t).
#include "device_sim/machine/launch_checks.h"
#include "src/perf/fidelity.h"

#include <algorithm>
#include <string>

namespace qiao::machine {
namespace {

std::string text_of(const hal::Dim3& dim) {
  return "(" + std::to_string(dim[0]) + "," + std::to_string(dim[1]) + "," + std::to_string(dim[2]) + ")";
}

Result<void> check_shape(const char* what, const hal::Dim3& dim, const std::array<int, 3>& limit) {
  for (size_t axis = 0; axis < 3; ++axis) {
    if (dim[axis] != 0 && dim[axis] <= static_cast<uint32_t>(limit[axis])) continue;
    return invalid(Code::InvalidConfiguration, "invalid " + std::string(what) + " " + text_of(dim) +
                                                   ", expected 1 to (" + std::to_string(limit[0]) + "," +
                                                   std::to_string(limit[1]) + "," + std::to_string(limit[2]) + ")");
  }
  return {};
}

Result<void> check_directives(const ptx::PerformanceDirectives& directives, const hal::KernelAttributes& kernel,
                              const hal::Dim3& block, uint64_t threads) {
  const hal::Dim3 required = directives.required_threads;
  // Extents which .reqntid leaves out are 1.
  const hal::Dim3 whole{required[0], std::max(required[1], 1u), std::max(required[2], 1u)};
  if (required[0] != 0 && block != whole)
    return invalid(Code::InvalidValue, "block " + text_of(block) + " of a kernel with .reqntid " + text_of(whole));
  if (uint64_t{std::max(directives.cluster[0], 1u)} * std::max(directives.cluster[1], 1u) *
          std::max(directives.cluster[2], 1u) >
      1)
    return unsupported("a kernel with .reqnctapercluster " + text_of(directives.cluster) + ": clusters");
  if (threads > kernel.max_threads_per_block)
    return invalid(Code::LaunchOutOfResources, std::to_string(threads) + " threads in a block, but the kernel allows " +
                                                   std::to_string(kernel.max_threads_per_block));
  return {};
}

}  // namespace

Result<void> check_launch(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel,
                          const ptx::PerformanceDirectives& directives, const hal::LaunchRequest& request) {
  if (!kernel.unusable.empty()) {
    if (perf::fidelity_mode() != perf::FidelityMode::Off) perf::record_unsupported(kernel.unusable);
    return Error{Code::NotSupported, kernel.unusable};
  }
  if (auto good = check_shape("grid", request.grid, chip.limits.grid); !good) return good;
  if (auto good = check_shape("block", request.block, chip.limits.block); !good) return good;
  const uint64_t threads = uint64_t{request.block[0]} * request.block[1] * request.block[2];
  if (threads > static_cast<uint64_t>(chip.limits.threads_per_block))
    return invalid(Code::InvalidConfiguration, "invalid block " + text_of(request.block) + " of " +
                                                   std::to_string(threads) + " threads, expected at most " +
                                                   std::to_string(chip.limits.threads_per_block));
  if (auto good = check_directives(directives, kernel, request.block, threads); !good) return good;
  const uint64_t shared = kernel.static_shared_bytes + request.dynamic_shared_bytes;
  if (shared > static_cast<uint64_t>(chip.shared.per_block_optin))
    return invalid(Code::InvalidValue, std::to_string(shared) +
                                           " bytes of shared memory in a block, but the chip has " +
                                           std::to_string(chip.shared.per_block_optin));
  if (request.params.size() < kernel.param_bytes)
    return invalid(Code::InvalidValue, std::to_string(request.params.size()) + " bytes of parameters, expected " +
                                           std::to_string(kernel.param_bytes));
  return {};
}

}  // namespace qiao::machine
