// Which image of a fatbin runs. Only PTX can (there is no machine code of ours in the field), so:
//   1. the PTX of the highest architecture that the chip's compute capability reaches (sm_80 on a chip of 8.6);
//   2. else, as many libraries carry PTX for their newest architecture only, the lowest one above it;
//   3. family (sm_100f) and then architecture-specific (sm_90a) PTX only when there is no plain PTX, by the same
//      order, because it may use instructions of one chip alone;
//   4. of equals the first.
// Machine code (SASS) and LTO intermediate code are never run; a cubin chosen by the same order serves for its register
// counts.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/fatbin/container.h"

namespace qiao::fatbin {

// The index of the PTX to run on a chip of compute capability `sm` (80 for 8.0). NoBinaryForDevice names what the
// binary holds instead, and how to rebuild it.
Result<std::size_t> choose_ptx(std::span<const Image> images, unsigned sm);

// The index of the cubin whose metadata is nearest to the chip; nothing when there is no cubin.
std::optional<std::size_t> choose_cubin(std::span<const Image> images, unsigned sm);

// "PTX for sm_75; machine code for sm_75, sm_90a".
std::string describe(std::span<const Image> images);

// The rules above, for `--help` and error reports.
std::string_view rules();

}  // namespace qiao::fatbin
