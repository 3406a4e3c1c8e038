#include "src/perf/model/schedule.h"

#include <algorithm>
#include <cmath>

namespace qiao::perf {

Schedule schedule(const LaunchPlacement& placement, const hal::ChipDescription& chip) {
  const double sms = chip.sm.count;
  const double resident = std::max(placement.blocks_per_sm, 1.0);
  const double few = std::floor(placement.blocks / sms), more = few + 1;
  const double sms_with_more = placement.blocks - few * sms;
  // Rounds in which an SM has work, added up over the SMs.
  const double rounds = sms_with_more * std::ceil(more / resident) + (sms - sms_with_more) * std::ceil(few / resident);
  Schedule made;
  made.sm_blocks = sms_with_more > 0 ? more : few;
  made.resident_blocks = std::min(resident, made.sm_blocks);
  if (rounds <= 0) return made;
  const double most_warps = std::max(chip.sm.threads / 32.0, 1.0);
  made.occupancy_pct = 100 * placement.blocks * placement.block_warps / rounds / most_warps;
  made.balance_pct = 100 * rounds / (sms * std::ceil(made.sm_blocks / resident));
  return made;
}

}  // namespace qiao::perf
