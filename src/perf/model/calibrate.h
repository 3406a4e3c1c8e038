// Fits a chip's efficiencies to measured times of kernels: what share of its peaks it reaches, how much latency a warp
// hides, what a launch costs. Only what binds a measured kernel is touched.
#pragma once

#include <string>
#include <vector>

#include "src/perf/model/estimate.h"

namespace qiao::perf {

// A kernel: the model's terms for a launch of it, and what one took on the chip.
struct Measurement {
  std::string kernel;
  std::array<double, kTerms> term_us{};
  double measured_us = 0;
};

struct Calibration {
  hal::ChipModel model;
  std::vector<std::string> fitted;          // keys, "efficiency.memory"
  std::vector<double> before_us, after_us;  // of each measurement
  double before_pct = 0, after_pct = 0;     // mean error
  double worst_pct = 0;                     // after
};

Calibration calibrate(const std::vector<Measurement>& measurements, const hal::ChipModel& model);

}  // namespace qiao::perf
