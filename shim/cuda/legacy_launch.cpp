// Launches as CUDA 2 and 3 made them: block shape, shared memory and parameters are set on the function, one call at a
// time, and stay there for the launches that follow.
#include <cstring>
#include <map>
#include <mutex>

#include "shim/common/answer.h"
#include "shim/cuda/modules.h"
#include "src/runtime/device.h"
#include "src/runtime/launch.h"

namespace qiao::shim {
namespace {

struct Settings {
  std::weak_ptr<runtime::Kernel> kernel;  // a new kernel may lie where one that is gone lay
  hal::Dim3 block{0, 0, 0};
  uint32_t shared = 0;
  size_t parameter_bytes = 0;         // of cuParamSetSize
  std::vector<std::byte> parameters;  // what cuParamSet* has set
};

struct AllSettings {
  std::mutex mutex;
  std::map<const void*, Settings> of;
};

AllSettings& all() {
  static auto* made = new AllSettings;  // never destroyed: programs launch from atexit handlers
  return *made;
}

// Runs `change(Settings&, Kernel&, Context&) -> Result<void>` on the function's settings.
template <class Change>
CUresult set(CUfunction function, Change change) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Kernel>> kernel = driver_kernel(function);
    if (!kernel) return kernel.error();
    std::lock_guard lock(all().mutex);
    Settings& settings = all().of[function];
    if (settings.kernel.lock() != *kernel) settings = Settings{*kernel, {0, 0, 0}, 0, 0, {}};
    return change(settings, **kernel, context);
  });
}

CUresult set_parameter(CUfunction function, int offset, const void* value, size_t bytes) {
  return set(function, [&](Settings& settings, runtime::Kernel&, runtime::Context& context) -> Result<void> {
    const auto most = static_cast<size_t>(context.device().description().limits.parameter_bytes);
    if (offset < 0 || value == nullptr || bytes > most || static_cast<size_t>(offset) > most - bytes)
      return invalid(Code::InvalidValue, "a parameter at offset " + std::to_string(offset) + " of " +
                                             std::to_string(bytes) + " bytes does not fit into a kernel's parameters");
    const size_t end = static_cast<size_t>(offset) + bytes;
    if (settings.parameters.size() < end) settings.parameters.resize(end);
    std::memcpy(settings.parameters.data() + offset, value, bytes);
    return {};
  });
}

CUresult launch_grid(CUfunction function, int width, int height, CUstream handle) {
  if (width <= 0 || height <= 0) return CUDA_ERROR_INVALID_VALUE;
  return set(function, [&](Settings& settings, runtime::Kernel&, runtime::Context& context) -> Result<void> {
    if (settings.block[0] == 0) return invalid(Code::InvalidValue, "a launch before cuFuncSetBlockShape");
    Result<std::shared_ptr<runtime::Stream>> stream = launch_stream_of(context, handle, DefaultStream::Legacy);
    if (!stream) return stream.error();
    std::vector<std::byte> parameters = settings.parameters;
    parameters.resize(settings.parameter_bytes);
    const runtime::LaunchShape shape{
        {static_cast<uint32_t>(width), static_cast<uint32_t>(height), 1}, settings.block, settings.shared, false};
    return runtime::launch(settings.kernel.lock(), **stream, shape, nullptr, parameters, function);
  });
}

}  // namespace

CUresult Driver::cuFuncSetBlockShape(CUfunction function, int x, int y, int z) {
  return set(function, [&](Settings& settings, runtime::Kernel&, runtime::Context& context) -> Result<void> {
    const auto& limits = context.device().description().limits;
    const bool inside = x > 0 && y > 0 && z > 0 && x <= limits.block[0] && y <= limits.block[1] && z <= limits.block[2];
    if (!inside || int64_t{x} * y * z > limits.threads_per_block)
      return invalid(Code::InvalidValue, "a block shape beyond the chip's limits");
    settings.block = {static_cast<uint32_t>(x), static_cast<uint32_t>(y), static_cast<uint32_t>(z)};
    return {};
  });
}

CUresult Driver::cuFuncSetSharedSize(CUfunction function, unsigned int bytes) {
  return set(function, [&](Settings& settings, runtime::Kernel&, runtime::Context&) -> Result<void> {
    settings.shared = bytes;
    return {};
  });
}

CUresult Driver::cuParamSetSize(CUfunction function, unsigned int bytes) {
  return set(function, [&](Settings& settings, runtime::Kernel&, runtime::Context& context) -> Result<void> {
    if (bytes > static_cast<unsigned>(context.device().description().limits.parameter_bytes))
      return invalid(Code::InvalidValue, "more parameters than a kernel can have");
    settings.parameter_bytes = bytes;
    return {};
  });
}

CUresult Driver::cuParamSeti(CUfunction function, int offset, unsigned int value) {
  return set_parameter(function, offset, &value, sizeof value);
}
CUresult Driver::cuParamSetf(CUfunction function, int offset, float value) {
  return set_parameter(function, offset, &value, sizeof value);
}
CUresult Driver::cuParamSetv(CUfunction function, int offset, void* value, unsigned int bytes) {
  return set_parameter(function, offset, value, bytes);
}

CUresult Driver::cuLaunch(CUfunction function) {
  return launch_grid(function, 1, 1, nullptr);
}
CUresult Driver::cuLaunchGrid(CUfunction function, int width, int height) {
  return launch_grid(function, width, height, nullptr);
}
CUresult Driver::cuLaunchGridAsync(CUfunction function, int width, int height, CUstream stream) {
  return launch_grid(function, width, height, stream);
}

// Both sizes of shared memory's banks are the same here.
CUresult Driver::cuFuncSetSharedMemConfig(CUfunction function, CUsharedconfig config) {
  if (config < CU_SHARED_MEM_CONFIG_DEFAULT_BANK_SIZE || config > CU_SHARED_MEM_CONFIG_EIGHT_BYTE_BANK_SIZE)
    return CUDA_ERROR_INVALID_VALUE;
  return set(function, [](Settings&, runtime::Kernel&, runtime::Context&) -> Result<void> { return {}; });
}

}  // namespace qiao::shim
