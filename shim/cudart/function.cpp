// Function attributes and occupancy of the runtime API.
#include <algorithm>

#include "shim/common/answer.h"
#include "shim/cudart/kernel.h"
#include "src/runtime/device.h"
#include "src/runtime/occupancy.h"

namespace qiao::shim {
namespace {

template <class Attributes>
Result<void> fill_attributes(Attributes& out, const void* function, runtime::Context& context) {
  Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
  if (!kernel) return kernel.error();
  Result<hal::KernelAttributes> attributes = (*kernel)->attributes(context);
  if (!attributes) return attributes.error();
  const hal::ChipDescription& chip = context.device().description();
  out = {};
  out.sharedSizeBytes = attributes->static_shared_bytes;
  out.constSizeBytes = attributes->const_bytes;
  out.localSizeBytes = attributes->local_bytes;
  out.maxThreadsPerBlock = static_cast<int>(attributes->max_threads_per_block);
  out.numRegs = static_cast<int>(attributes->registers);
  out.ptxVersion = static_cast<int>(attributes->binary_version);
  out.binaryVersion = chip.compute_major * 10 + chip.compute_minor;
  out.maxDynamicSharedSizeBytes = std::max((*kernel)->max_dynamic_shared,
                                           chip.shared.per_block - static_cast<int>(attributes->static_shared_bytes));
  out.preferredShmemCarveout = (*kernel)->preferred_carveout;
  return {};
}

}  // namespace

cudaError_t Cudart::cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function) {
  if (attributes == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) { return fill_attributes(*attributes, function, context); });
}

cudaError_t Cudart::cudaFuncGetAttributes_until12(cudaFuncAttributes_v11* attributes, const void* function) {
  if (attributes == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) { return fill_attributes(*attributes, function, context); });
}

cudaError_t Cudart::cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
    if (!kernel) return kernel.error();
    switch (attribute) {
      case cudaFuncAttributeMaxDynamicSharedMemorySize:
        return (*kernel)->allow_dynamic_shared(context, value);
      case cudaFuncAttributePreferredSharedMemoryCarveout:
        (*kernel)->preferred_carveout = value;
        return {};
      default:
        return unsupported("function attribute " + std::to_string(static_cast<int>(attribute)) +
                           " of cudaFuncSetAttribute");
    }
  });
}

cudaError_t Cudart::cudaFuncSetCacheConfig(const void* function, cudaFuncCache config) {
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
    if (!kernel) return kernel.error();
    (*kernel)->cache_config = static_cast<int>(config);
    return {};
  });
}

cudaError_t Cudart::cudaFuncSetSharedMemConfig(const void* function, cudaSharedMemConfig) {
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
    if (!kernel) return kernel.error();
    return {};
  });
}

cudaError_t Cudart::cudaFuncGetName(const char** name, const void* function) {
  if (name == nullptr) return cudaErrorInvalidValue;
  Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
  if (!kernel) return runtime_answer(kernel.error());
  *name = (*kernel)->name().c_str();
  return cudaSuccess;
}

cudaError_t Cudart::cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, const void* function,
                                                                           int block_size, size_t dynamic_shared,
                                                                           unsigned int) {
  if (blocks == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
    if (!kernel) return kernel.error();
    Result<hal::KernelAttributes> attributes = (*kernel)->attributes(context);
    if (!attributes) return attributes.error();
    Result<int> count =
        runtime::max_active_blocks(context.device().description(), *attributes, block_size, dynamic_shared);
    if (!count) return count.error();
    *blocks = *count;
    return {};
  });
}

cudaError_t Cudart::cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* function, int block_size,
                                                                  size_t dynamic_shared) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, block_size, dynamic_shared, 0);
}

cudaError_t Cudart::cudaOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, const void* function, int blocks, int) {
  if (bytes == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = kernel_of(function);
    if (!kernel) return kernel.error();
    Result<hal::KernelAttributes> attributes = (*kernel)->attributes(context);
    if (!attributes) return attributes.error();
    *bytes = runtime::available_dynamic_shared(context.device().description(), *attributes, blocks);
    return {};
  });
}

}  // namespace qiao::shim
