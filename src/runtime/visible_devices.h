// CUDA_VISIBLE_DEVICES: which of the process's devices a program sees, and in which order (CUDA programming guide,
// "CUDA environment variables").
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace qiao::runtime {

// Indices or UUIDs ("GPU-" and the beginning of one), separated by commas; the list ends before the first that is not
// valid, and names none at all when one comes twice. All devices without the variable.
std::vector<int> visible_devices(const std::optional<std::string>& list, int count);

// "GPU-51696100-...": the UUID of the device with this index, as nvidia-smi writes it.
std::string uuid_text(int physical);

}  // namespace qiao::runtime
