// A compiled kernel as bytes: what the disk cache keeps and what is linked. No addresses of any process are in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device_sim/machine/block_executor.h"

namespace qiao::jit {

struct CompiledObject {
  machine::Unit unit = machine::Unit::Lane;
  std::string entry;    // symbol of the function which unit names
  std::string refusal;  // not empty: this executor cannot run the kernel, and why; then there is no object
  uint64_t local_bytes = 0;
  bool flush_denormals = false;
  std::vector<machine::Site> sites;
  std::string object;  // the object file
};

std::string to_bytes(const CompiledObject& compiled);
std::optional<CompiledObject> from_bytes(std::string_view bytes);  // nothing when cut short

}  // namespace qiao::jit
