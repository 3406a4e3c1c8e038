// Kernel launches through the driver API.
#include "src/runtime/launch.h"

#include "shim/common/answer.h"
#include "shim/common/launch_attributes.h"
#include "shim/cuda/modules.h"

namespace qiao::shim {
namespace {

CUresult launch_on(DefaultStream kind, CUfunction function, const runtime::LaunchShape& shape, CUstream handle,
                   void** parameters, void** extra) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = driver_kernel(function);
    if (!kernel) return kernel.error();
    Result<std::shared_ptr<runtime::Stream>> stream = launch_stream_of(context, handle, kind);
    if (!stream) return stream.error();
    if (parameters != nullptr && extra != nullptr) {
      return invalid(Code::InvalidValue, "a launch gives both kernelParams and extra");
    }
    std::span<const std::byte> packed;
    if (extra != nullptr) {
      Result<std::span<const std::byte>> found = packed_parameters(extra);
      if (!found) return found.error();
      packed = *found;
    }
    return runtime::launch(*std::move(kernel), **stream, shape, parameters, packed, function);
  });
}

CUresult launch_config(DefaultStream kind, const CUlaunchConfig* config, CUfunction function, void** parameters,
                       void** extra) {
  if (config == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<bool> cooperative =
      cooperative_launch(std::span<const CUlaunchAttribute>(config->attrs, config->numAttrs), "cuLaunchKernelEx");
  if (!cooperative) return driver_answer(cooperative.error());
  runtime::LaunchShape shape{{config->gridDimX, config->gridDimY, config->gridDimZ},
                             {config->blockDimX, config->blockDimY, config->blockDimZ},
                             config->sharedMemBytes,
                             *cooperative};
  return launch_on(kind, function, shape, config->hStream, parameters, extra);
}

}  // namespace

CUresult Driver::cuLaunchKernel(CUfunction function, unsigned int gx, unsigned int gy, unsigned int gz, unsigned int bx,
                                unsigned int by, unsigned int bz, unsigned int shared, CUstream stream,
                                void** parameters, void** extra) {
  return launch_on(DefaultStream::Legacy, function, {{gx, gy, gz}, {bx, by, bz}, shared, false}, stream, parameters,
                   extra);
}
CUresult Driver::cuLaunchKernel_ptsz(CUfunction function, unsigned int gx, unsigned int gy, unsigned int gz,
                                     unsigned int bx, unsigned int by, unsigned int bz, unsigned int shared,
                                     CUstream stream, void** parameters, void** extra) {
  return launch_on(DefaultStream::PerThread, function, {{gx, gy, gz}, {bx, by, bz}, shared, false}, stream, parameters,
                   extra);
}
CUresult Driver::cuLaunchCooperativeKernel(CUfunction function, unsigned int gx, unsigned int gy, unsigned int gz,
                                           unsigned int bx, unsigned int by, unsigned int bz, unsigned int shared,
                                           CUstream stream, void** parameters) {
  return launch_on(DefaultStream::Legacy, function, {{gx, gy, gz}, {bx, by, bz}, shared, true}, stream, parameters,
                   nullptr);
}
CUresult Driver::cuLaunchCooperativeKernel_ptsz(CUfunction function, unsigned int gx, unsigned int gy, unsigned int gz,
                                                unsigned int bx, unsigned int by, unsigned int bz, unsigned int shared,
                                                CUstream stream, void** parameters) {
  return launch_on(DefaultStream::PerThread, function, {{gx, gy, gz}, {bx, by, bz}, shared, true}, stream, parameters,
                   nullptr);
}
CUresult Driver::cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters, void** extra) {
  return launch_config(DefaultStream::Legacy, config, function, parameters, extra);
}
CUresult Driver::cuLaunchKernelEx_ptsz(const CUlaunchConfig* config, CUfunction function, void** parameters,
                                       void** extra) {
  return launch_config(DefaultStream::PerThread, config, function, parameters, extra);
}

}  // namespace qiao::shim
