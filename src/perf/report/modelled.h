// Puts modelled times into a report: on the chips the launches ran on, and on others.
#pragma once

#include <functional>

#include "src/perf/report/report.h"

namespace qiao::perf {

// A chip as reports need it: its data, and how many blocks of a launch an SM of it holds.
struct ChipView {
  ModelChip chip;
  ResidencyOf residency;
  ChipSources sources;
};

// Null for a chip that is not known.
using ChipOf = std::function<const ChipView*(const std::string& name)>;

void model_times(RunReport& run, const ChipOf& chip_of);

// The same launches on each of these chips: KernelReport::elsewhere.
void compare_chips(RunReport& run, const std::vector<ChipView>& chips);

// Of one launch; nothing, and why, where there is no model of it.
std::optional<Estimate> time_of(const LaunchProfile& launch, double footprint, const ChipView& chip, std::string& why);

}  // namespace qiao::perf
