#include "src/runtime/platform.h"

#include <cstdlib>

#include "src/perf/fidelity.h"
#include "src/perf/launch_counters.h"

namespace qiao::runtime {

Result<Platform*> Platform::open() {
  Result<hal::ChipDescription> chip = hal::chosen_chip();
  if (!chip) return chip.error();
  Result<std::unique_ptr<hal::Device>> device = hal::open_device(*chip);
  if (!device) return device.error();
  auto* platform = new Platform;
  platform->devices_.push_back(std::make_unique<Device>(0, *std::move(device)));
  if (perf::counters_enabled()) std::atexit(perf::print_at_exit);
  if (perf::fidelity_mode() != perf::FidelityMode::Off) std::atexit(perf::print_fidelity_at_exit);
  return platform;
}

Result<Platform*> Platform::get() {
  static const Result<Platform*>* platform = new Result<Platform*>(open());
  return *platform;
}

Result<Device*> Platform::device(int ordinal) const {
  if (ordinal < 0 || ordinal >= device_count()) {
    return invalid(Code::InvalidDevice, "device " + std::to_string(ordinal) + " does not exist, there are " +
                                            std::to_string(device_count()));
  }
  return devices_[static_cast<size_t>(ordinal)].get();
}

Device* Platform::owner_of(uint64_t address, Allocation* allocation) const {
  for (const std::unique_ptr<Device>& device : devices_) {
    std::optional<Allocation> found = device->find(address);
    if (!found) continue;
    if (allocation != nullptr) *allocation = *found;
    return device.get();
  }
  return nullptr;
}

}  // namespace qiao::runtime
