// Reads one chip file into a Chip that already holds its base; the only door to toml++.
#pragma once

#include <filesystem>
#include <string>

#include "device_sim/chips/catalog.h"

namespace qiao::chips {

// What [chip] base says in `file`, empty when it has none.
Result<std::string> base_of(const std::filesystem::path& file);

// Puts every value of `file` into `chip`; unknown keys, wrong types and values out of range are errors.
Result<void> read_into(Chip& chip, const std::filesystem::path& file);

// A Chip with ChipDescription's defaults and their facts.
Chip defaults();

}  // namespace qiao::chips
