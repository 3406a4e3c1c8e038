#include "src/runtime/launch.h"

#include <cstring>

#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/limits.h"

namespace qiao::runtime {
namespace {

Result<std::vector<std::byte>> gather_arguments(const Kernel& kernel, const hal::KernelAttributes& attributes,
                                                void* const* arguments, std::span<const std::byte> packed) {
  std::vector<std::byte> buffer(attributes.param_bytes);
  if (attributes.param_sizes.empty()) return buffer;
  if (arguments == nullptr) {
    if (packed.size() < buffer.size()) {
      return invalid(Code::InvalidValue, "kernel '" + kernel.name() + "' takes " + std::to_string(buffer.size()) +
                                             " bytes of parameters, the launch gives " + std::to_string(packed.size()));
    }
    std::memcpy(buffer.data(), packed.data(), buffer.size());
    return buffer;
  }
  for (size_t i = 0; i < attributes.param_sizes.size(); ++i) {
    if (arguments[i] == nullptr) {
      return invalid(Code::InvalidValue,
                     "argument " + std::to_string(i) + " of kernel '" + kernel.name() + "' is a null pointer");
    }
    std::memcpy(buffer.data() + attributes.param_offsets[i], arguments[i], attributes.param_sizes[i]);
  }
  return buffer;
}

Result<void> check_shared(const Kernel& kernel, const hal::KernelAttributes& attributes, const LaunchShape& shape,
                          const hal::ChipDescription& chip) {
  uint64_t allowed = static_cast<uint64_t>(chip.shared.per_block);
  if (kernel.max_dynamic_shared >= 0) {
    allowed = std::max(allowed, attributes.static_shared_bytes + static_cast<uint64_t>(kernel.max_dynamic_shared));
  }
  uint64_t wanted = attributes.static_shared_bytes + shape.dynamic_shared_bytes;
  if (wanted <= allowed) return {};
  return invalid(Code::InvalidValue, "kernel '" + kernel.name() + "' is launched with " + std::to_string(wanted) +
                                         " bytes of shared memory, " + std::to_string(allowed) +
                                         " are allowed (cudaFuncAttributeMaxDynamicSharedMemorySize raises it)");
}

}  // namespace

Result<void> launch(std::shared_ptr<Kernel> kernel, Stream& stream, const LaunchShape& shape, void* const* arguments,
                    std::span<const std::byte> packed) {
  Context& context = stream.context();
  if (context.sticky_error() != Code::Success) return Error{context.sticky_error(), "an earlier launch failed"};
  Result<hal::Kernel*> code = kernel->in(context);
  if (!code) return code.error();
  hal::Device& device = context.device().hal();
  const hal::KernelAttributes& attributes = (*code)->attributes();
  if (Result<void> checked = check_shared(*kernel, attributes, shape, device.chip()); !checked) return checked;
  Result<std::vector<std::byte>> params = gather_arguments(*kernel, attributes, arguments, packed);
  if (!params) return params.error();
  hal::LaunchRequest request{.kernel = *code,
                             .grid = shape.grid,
                             .block = shape.block,
                             .dynamic_shared_bytes = static_cast<uint32_t>(shape.dynamic_shared_bytes),
                             .cooperative = shape.cooperative,
                             .params = *params,
                             .stack_bytes = *get_limit(kStackLimit),
                             .heap_bytes = *get_limit(kHeapLimit)};
  if (Result<void> valid = device.validate(request); !valid) return valid;
  stream.enqueue([&device, kernel = std::move(kernel), request, params = *std::move(params)]() mutable {
    request.params = params;
    return device.launch(request);
  });
  return {};
}

}  // namespace qiao::runtime
