// Kernel launches through the runtime API.
#include "src/runtime/launch.h"

#include "shim/common/answer.h"
#include "shim/common/kernels.h"
#include "shim/common/launch_attributes.h"
#include "shim/cudart/kernel.h"
#include "src/runtime/registration.h"

namespace qiao::shim {

runtime::Registry<runtime::Kernel>& kernel_handles() {
  static auto* handles = new runtime::Registry<runtime::Kernel>;
  return *handles;
}

Result<std::shared_ptr<runtime::Kernel>> kernel_of(const void* host_function_or_handle) {
  if (std::shared_ptr<runtime::Kernel> kernel = kernel_handles().find(host_function_or_handle)) return kernel;
  return runtime::Registered::instance().kernel(host_function_or_handle);
}

namespace {

cudaError_t launch_on(DefaultStream kind, const void* function, dim3 grid, dim3 block, void** arguments, size_t shared,
                      cudaStream_t handle, bool cooperative) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
    if (!kernel) return kernel.error();
    Result<std::shared_ptr<runtime::Stream>> stream = launch_stream_of(context, handle, kind);
    if (!stream) return stream.error();
    runtime::LaunchShape shape{{grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, shared, cooperative};
    return runtime::launch(*std::move(kernel), **stream, shape, arguments, {}, function);
  });
}

cudaError_t launch_config(DefaultStream kind, const cudaLaunchConfig_t* config, const void* function,
                          void** arguments) {
  if (config == nullptr) return runtime_answer(invalid(Code::InvalidValue, "launch configuration is null"));
  Result<bool> cooperative =
      cooperative_launch(std::span<const cudaLaunchAttribute>(config->attrs, config->numAttrs), "cudaLaunchKernelExC");
  if (!cooperative) return runtime_answer(cooperative.error());
  return launch_on(kind, function, config->gridDim, config->blockDim, arguments, config->dynamicSmemBytes,
                   config->stream, *cooperative);
}

}  // namespace

cudaError_t Cudart::cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments, size_t shared,
                                     cudaStream_t stream) {
  return launch_on(DefaultStream::Legacy, function, grid, block, arguments, shared, stream, false);
}

cudaError_t Cudart::cudaLaunchKernel_ptsz(const void* function, dim3 grid, dim3 block, void** arguments, size_t shared,
                                          cudaStream_t stream) {
  return launch_on(DefaultStream::PerThread, function, grid, block, arguments, shared, stream, false);
}

cudaError_t Cudart::__cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, size_t shared,
                                       cudaStream_t stream) {
  return launch_on(DefaultStream::Legacy, kernel, grid, block, arguments, shared, stream, false);
}

cudaError_t Cudart::__cudaLaunchKernel_ptsz(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, size_t shared,
                                            cudaStream_t stream) {
  return launch_on(DefaultStream::PerThread, kernel, grid, block, arguments, shared, stream, false);
}

cudaError_t Cudart::cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function, void** arguments) {
  return launch_config(DefaultStream::Legacy, config, function, arguments);
}

cudaError_t Cudart::cudaLaunchKernelExC_ptsz(const cudaLaunchConfig_t* config, const void* function, void** arguments) {
  return launch_config(DefaultStream::PerThread, config, function, arguments);
}

cudaError_t Cudart::cudaLaunchCooperativeKernel(const void* function, dim3 grid, dim3 block, void** arguments,
                                                size_t shared, cudaStream_t stream) {
  return launch_on(DefaultStream::Legacy, function, grid, block, arguments, shared, stream, true);
}

cudaError_t Cudart::cudaLaunchCooperativeKernel_ptsz(const void* function, dim3 grid, dim3 block, void** arguments,
                                                     size_t shared, cudaStream_t stream) {
  return launch_on(DefaultStream::PerThread, function, grid, block, arguments, shared, stream, true);
}

cudaError_t Cudart::__cudaGetKernel(cudaKernel_t* handle, const void* host_function) {
  return cudaGetKernel(handle, host_function);
}

cudaError_t Cudart::cudaGetKernel(cudaKernel_t* handle, const void* host_function) {
  if (handle == nullptr) return cudaErrorInvalidValue;
  Result<std::shared_ptr<runtime::Kernel>> kernel = runtime::Registered::instance().kernel(host_function);
  if (!kernel) return runtime_answer(kernel.error());
  *handle = reinterpret_cast<cudaKernel_t>(kernel_handles().add(*kernel));
  return cudaSuccess;
}

cudaError_t Cudart::cudaGetFuncBySymbol(cudaFunction_t* handle, const void* host_function) {
  return cudaGetKernel(reinterpret_cast<cudaKernel_t*>(handle), host_function);
}

}  // namespace qiao::shim
