// Whether the values of a chip fit each other: what no single value can show.
#pragma once

#include "device_sim/chips/catalog.h"

namespace qiao::chips {

Result<void> check_whole(const Chip& chip);

}  // namespace qiao::chips
