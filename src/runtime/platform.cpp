#include "src/runtime/platform.h"

#include <dlfcn.h>
#include <pthread.h>

#include <cstdlib>

#include "src/base/environment.h"
#include "src/base/log.h"
#include "src/perf/fidelity.h"
#include "src/perf/launch_counters.h"
#include "src/runtime/visible_devices.h"

namespace qiao::runtime {
namespace {

// CUDA_INJECTION64_PATH: a tool's library, which the driver loads when it is first used and calls.
void inject() {
  const auto path = environment("CUDA_INJECTION64_PATH");
  if (!path) return;
  void* library = dlopen(path->c_str(), RTLD_NOW | RTLD_GLOBAL);
  const auto start = library ? reinterpret_cast<int (*)()>(dlsym(library, "InitializeInjection")) : nullptr;
  if (start == nullptr) {
    const char* why = library ? "it has no InitializeInjection" : dlerror();
    log::warn("CUDA_INJECTION64_PATH=" + *path + " is not loaded: " + (why ? why : "?"));
  } else if (start() == 0) {
    log::warn("CUDA_INJECTION64_PATH=" + *path + ": InitializeInjection failed");
  }
}

std::atomic<bool> is_open{false};

}  // namespace

bool Platform::opened() {
  return is_open.load(std::memory_order_acquire);
}

Result<Platform*> Platform::open() {
  Result<std::vector<hal::ChipDescription>> chips = hal::chosen_chips();
  if (!chips) return chips.error();
  std::vector<int> visible = visible_devices(environment("CUDA_VISIBLE_DEVICES"), static_cast<int>(chips->size()));
  if (visible.empty()) return invalid(Code::NoDevice, "CUDA_VISIBLE_DEVICES leaves no device");
  std::vector<hal::ChipDescription> seen;
  for (int physical : visible) seen.push_back((*chips)[static_cast<size_t>(physical)]);
  Result<std::vector<std::unique_ptr<hal::Device>>> opened = hal::open_devices(seen);
  if (!opened) return opened.error();
  auto* platform = new Platform;
  for (size_t i = 0; i < visible.size(); ++i)
    platform->devices_.push_back(std::make_unique<Device>(static_cast<int>(i), std::move((*opened)[i]), visible[i]));
  pthread_atfork(nullptr, nullptr, [] { forked_after_use = true; });
  if (perf::counters_enabled()) std::atexit(perf::print_at_exit);
  if (perf::fidelity_mode() != perf::FidelityMode::Off) std::atexit(perf::print_fidelity_at_exit);
  is_open.store(true, std::memory_order_release);
  return platform;
}

Result<Platform*> Platform::get() {
  if (Result<void> usable = check_process(); !usable) return usable.error();
  static const Result<Platform*>* platform = new Result<Platform*>(open());
  // Not under the lock of the line before: what is injected calls CUDA.
  static std::atomic<bool> injected{false};
  if (!injected.load(std::memory_order_relaxed) && !injected.exchange(true)) inject();
  return *platform;
}

Result<Device*> Platform::device(int ordinal) const {
  if (ordinal < 0 || ordinal >= device_count()) {
    return invalid(Code::InvalidDevice, "device " + std::to_string(ordinal) + " does not exist, there are " +
                                            std::to_string(device_count()));
  }
  return devices_[static_cast<size_t>(ordinal)].get();
}

}  // namespace qiao::runtime
