#include "src/runtime/launch.h"

#include <cstring>
#include <optional>

#include "src/base/environment.h"
#include "src/runtime/capture.h"
#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/limits.h"
#include "src/runtime/occupancy.h"

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

// CUDA_LAUNCH_BLOCKING=1: a launch returns when the kernel has run.
bool launches_block() {
  static const bool block = environment("CUDA_LAUNCH_BLOCKING").value_or("0") != "0";
  return block;
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

// All blocks of a cooperative launch are resident at once.
Result<void> check_cooperative(const hal::ChipDescription& chip, const hal::KernelAttributes& attributes,
                               const LaunchShape& shape) {
  const uint64_t threads = uint64_t{shape.block[0]} * shape.block[1] * shape.block[2];
  const uint64_t blocks = uint64_t{shape.grid[0]} * shape.grid[1] * shape.grid[2];
  if (threads == 0 || threads > static_cast<uint64_t>(chip.limits.threads_per_block)) return {};  // validate() refuses
  Result<int> each = max_active_blocks(chip, attributes, static_cast<int>(threads), shape.dynamic_shared_bytes);
  if (!each) return each.error();
  const uint64_t resident = static_cast<uint64_t>(*each) * static_cast<uint64_t>(chip.sm.count);
  if (blocks <= resident) return {};
  return invalid(Code::CooperativeLaunchTooLarge, std::to_string(blocks) + " blocks in a cooperative launch, but " +
                                                      std::to_string(resident) + " are resident at once");
}

// What a grid's barrier needs: cooperative groups find it, zeroed, at %envreg1 (high word) and %envreg2.
constexpr uint64_t kGridWorkspaceBytes = 256;

Result<void> run_cooperative(hal::Device& device, hal::LaunchRequest& request) {
  Result<hal::DevicePtr> workspace = device.allocate(kGridWorkspaceBytes);
  if (!workspace) return workspace.error();
  std::memset(reinterpret_cast<void*>(*workspace), 0, kGridWorkspaceBytes);
  request.environment[1] = static_cast<uint32_t>(*workspace >> 32);
  request.environment[2] = static_cast<uint32_t>(*workspace);
  Result<void> done = device.launch(request);
  Result<void> released = device.release(*workspace);
  return done ? released : done;
}

}  // namespace

Result<void> PreparedLaunch::run() const {
  std::optional<perf::OriginScope> scope;
  if (perf::profiling()) scope.emplace(origin);
  hal::LaunchRequest call = request;
  call.params = params;
  return call.cooperative ? run_cooperative(*device, call) : device->launch(call);
}

Result<PreparedLaunch> prepare(std::shared_ptr<Kernel> kernel, Context& context, const LaunchShape& shape,
                               void* const* arguments, std::span<const std::byte> packed) {
  Result<hal::Kernel*> code = kernel->in(context);
  if (!code) return code.error();
  hal::Device& device = context.device().hal();
  const hal::KernelAttributes& attributes = (*code)->attributes();
  if (Result<void> checked = check_shared(*kernel, attributes, shape, device.chip()); !checked) return checked.error();
  Result<std::vector<std::byte>> params = gather_arguments(*kernel, attributes, arguments, packed);
  if (!params) return params.error();
  hal::LaunchRequest request{.kernel = *code,
                             .grid = shape.grid,
                             .block = shape.block,
                             .dynamic_shared_bytes = static_cast<uint32_t>(shape.dynamic_shared_bytes),
                             .cooperative = shape.cooperative,
                             .params = *params,
                             .stack_bytes = *get_limit(kStackLimit),
                             .heap_bytes = *get_limit(kHeapLimit),
                             .environment = {}};
  if (Result<void> valid = device.validate(request); !valid) return valid.error();
  if (shape.cooperative) {
    Result<hal::KernelAttributes> exact = kernel->attributes(context);
    if (!exact) return exact.error();
    if (Result<void> fits = check_cooperative(device.chip(), *exact, shape); !fits) return fits.error();
  }
  perf::LaunchOrigin origin;
  if (perf::profiling()) origin = perf::launch_origin();
  return PreparedLaunch{std::move(kernel), &device, request, *std::move(params), origin};
}

Result<void> launch(std::shared_ptr<Kernel> kernel, Stream& stream, const LaunchShape& shape, void* const* arguments,
                    std::span<const std::byte> packed, const void* named) {
  Context& context = stream.context();
  if (context.sticky_error() != Code::Success) return Error{context.sticky_error(), "an earlier launch failed"};
  Result<PreparedLaunch> prepared = prepare(std::move(kernel), context, shape, arguments, packed);
  if (!prepared) return prepared.error();
  prepared->request.priority = stream.options().priority;
  if (stream.capturing()) return capture_work(stream, KernelWork{*std::move(prepared), named, {}});
  stream.enqueue([prepared = *std::move(prepared)] { return prepared.run(); });
  if (launches_block()) [[unlikely]] {
    stream.synchronize();
    if (context.sticky_error() != Code::Success) return Error{context.sticky_error(), ""};
  }
  return {};
}

}  // namespace qiao::runtime
