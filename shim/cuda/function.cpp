// Function attributes and occupancy of the driver API.
#include <algorithm>

#include "shim/common/answer.h"
#include "shim/cuda/devices.h"
#include "shim/cuda/modules.h"
#include "src/runtime/device.h"
#include "src/runtime/occupancy.h"

namespace qiao::shim {
namespace {

Result<int> attribute_of(runtime::Kernel& kernel, runtime::Context& context, CUfunction_attribute attribute) {
  Result<hal::KernelAttributes> found = kernel.attributes(context);
  if (!found) return found.error();
  const hal::ChipDescription& chip = context.device().description();
  switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      return static_cast<int>(found->max_threads_per_block);
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
      return static_cast<int>(found->static_shared_bytes);
    case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
      return static_cast<int>(found->const_bytes);
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
      return static_cast<int>(found->local_bytes);
    case CU_FUNC_ATTRIBUTE_NUM_REGS:
      return static_cast<int>(found->registers);
    case CU_FUNC_ATTRIBUTE_PTX_VERSION:
      return static_cast<int>(found->binary_version);
    case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
      return chip.compute_major * 10 + chip.compute_minor;
    case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA:
      return 0;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      return std::max(kernel.max_dynamic_shared, chip.shared.per_block - static_cast<int>(found->static_shared_bytes));
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      return kernel.preferred_carveout;
    case CU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET:
    case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH:
    case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT:
    case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH:
    case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
    case CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
      return 0;
    default:
      return invalid(Code::InvalidValue, "function attribute " + std::to_string(static_cast<int>(attribute)));
  }
}

Result<void> set_attribute(runtime::Kernel& kernel, runtime::Context& context, CUfunction_attribute attribute,
                           int value) {
  if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT) {
    kernel.preferred_carveout = value;
    return {};
  }
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
    return unsupported("function attribute " + std::to_string(static_cast<int>(attribute)) + " of cuFuncSetAttribute");
  }
  return kernel.allow_dynamic_shared(context, value);
}

// Runs `body(Kernel&, Context&) -> Result<void>`.
template <class Body>
CUresult with_kernel(const void* handle, Body body) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = driver_kernel(handle);
    if (!kernel) return kernel.error();
    return body(**kernel, context);
  });
}

CUresult get(int* value, CUfunction_attribute attribute, const void* handle) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_kernel(handle, [&](runtime::Kernel& kernel, runtime::Context& context) -> Result<void> {
    Result<int> found = attribute_of(kernel, context, attribute);
    if (!found) return found.error();
    *value = *found;
    return {};
  });
}

CUresult get_name(const char** name, const void* handle) {
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  Result<std::shared_ptr<runtime::Kernel>> kernel = driver_kernel(handle);
  if (!kernel) return driver_answer(kernel.error());
  *name = (*kernel)->name().c_str();
  return CUDA_SUCCESS;
}

Result<void> best_block_size(int* min_grid, int* block_size, const hal::KernelAttributes& kernel,
                             const hal::ChipDescription& chip, CUoccupancyB2DSize dynamic_of, size_t dynamic,
                             int limit) {
  int top = static_cast<int>(kernel.max_threads_per_block);
  if (limit > 0) top = std::min(top, limit);
  int best_threads = 0;
  for (int threads = top / chip.warp.size * chip.warp.size; threads > 0; threads -= chip.warp.size) {
    Result<int> blocks =
        runtime::max_active_blocks(chip, kernel, threads, dynamic_of != nullptr ? dynamic_of(threads) : dynamic);
    if (!blocks) return blocks.error();
    if (*blocks * threads <= best_threads) continue;
    best_threads = *blocks * threads;
    *block_size = threads;
    *min_grid = *blocks * chip.sm.count;
  }
  return {};
}

}  // namespace

CUresult Driver::cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction function) {
  return get(value, attribute, function);
}
CUresult Driver::cuKernelGetAttribute(int* value, CUfunction_attribute attribute, CUkernel kernel, CUdevice) {
  return get(value, attribute, kernel);
}
CUresult Driver::cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  return with_kernel(function, [&](runtime::Kernel& kernel, runtime::Context& context) {
    return set_attribute(kernel, context, attribute, value);
  });
}
CUresult Driver::cuKernelSetAttribute(CUfunction_attribute attribute, int value, CUkernel handle, CUdevice) {
  return with_kernel(handle, [&](runtime::Kernel& kernel, runtime::Context& context) {
    return set_attribute(kernel, context, attribute, value);
  });
}
CUresult Driver::cuFuncGetName(const char** name, CUfunction function) {
  return get_name(name, function);
}
CUresult Driver::cuKernelGetName(const char** name, CUkernel kernel) {
  return get_name(name, kernel);
}

CUresult Driver::cuFuncSetCacheConfig(CUfunction function, CUfunc_cache config) {
  return with_kernel(function, [&](runtime::Kernel& kernel, runtime::Context&) -> Result<void> {
    kernel.cache_config = static_cast<int>(config);
    return {};
  });
}
CUresult Driver::cuKernelSetCacheConfig(CUkernel kernel, CUfunc_cache config, CUdevice) {
  return cuFuncSetCacheConfig(reinterpret_cast<CUfunction>(kernel), config);
}

CUresult Driver::cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction function, int threads,
                                                                      size_t dynamic, unsigned int) {
  if (blocks == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_kernel(function, [&](runtime::Kernel& kernel, runtime::Context& context) -> Result<void> {
    Result<hal::KernelAttributes> attributes = kernel.attributes(context);
    if (!attributes) return attributes.error();
    Result<int> count = runtime::max_active_blocks(context.device().description(), *attributes, threads, dynamic);
    if (!count) return count.error();
    *blocks = *count;
    return {};
  });
}
CUresult Driver::cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads,
                                                             size_t dynamic) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, threads, dynamic, 0);
}

CUresult Driver::cuOccupancyMaxPotentialBlockSizeWithFlags(int* min_grid, int* block_size, CUfunction function,
                                                           CUoccupancyB2DSize dynamic_of, size_t dynamic, int limit,
                                                           unsigned int) {
  if (min_grid == nullptr || block_size == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_kernel(function, [&](runtime::Kernel& kernel, runtime::Context& context) -> Result<void> {
    Result<hal::KernelAttributes> attributes = kernel.attributes(context);
    if (!attributes) return attributes.error();
    return best_block_size(min_grid, block_size, *attributes, context.device().description(), dynamic_of, dynamic,
                           limit);
  });
}
CUresult Driver::cuOccupancyMaxPotentialBlockSize(int* min_grid, int* block_size, CUfunction function,
                                                  CUoccupancyB2DSize dynamic_of, size_t dynamic, int limit) {
  return cuOccupancyMaxPotentialBlockSizeWithFlags(min_grid, block_size, function, dynamic_of, dynamic, limit, 0);
}

CUresult Driver::cuOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, CUfunction function, int blocks, int) {
  if (bytes == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_kernel(function, [&](runtime::Kernel& kernel, runtime::Context& context) -> Result<void> {
    Result<hal::KernelAttributes> attributes = kernel.attributes(context);
    if (!attributes) return attributes.error();
    *bytes = runtime::available_dynamic_shared(context.device().description(), *attributes, blocks);
    return {};
  });
}

}  // namespace qiao::shim
