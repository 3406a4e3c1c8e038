// The parts of `qiao prof`: running a program, and what reads reports or describes metrics.
#pragma once

#include <string>
#include <vector>

#include "src/cli/run_environment.h"
#include "src/perf/report/modelled.h"

namespace qiao::cli {

struct ProfOptions {
  RunOptions run;
  std::string level = "memory";
  std::string json;  // files; "": not wanted
  std::string csv;   // "stderr", "-" (stdout) or a file
  std::string csv_table = "kern";
  std::string folded;
  std::string html;
  std::string trace;
  std::string metrics;  // names separated by commas
  std::string compare;  // chips, separated by commas
  std::string kernel;   // regular expressions
  std::string nvtx;
  uint64_t skip = 0;
  uint64_t count = ~uint64_t{0};
  std::string record_limit;
  bool per_launch = false;
  bool source = false;
  bool lint = false;
  bool progress = false;
  bool start_paused = false;
  bool quiet = false;
};

int profile(const std::vector<std::string>& command, const ProfOptions& options);

struct CalibrateOptions {
  std::string report;    // of qiao prof --json, with modelled times
  std::string measured;  // CSV: kernel,us
  std::string chip;      // "": the report's
  std::string out;       // "": stdout
};
int calibrate_chip(const CalibrateOptions& options);

int explain_metric(const std::string& name);
int list_metrics(bool as_json);
int diff_reports(const std::string& before, const std::string& after, const std::vector<std::string>& conditions);

// By name or file.
Result<perf::ChipView> chip_view(const std::string& name);
// That a launch ran on; null for a chip that is not known any more.
const perf::ChipView* chip_of_launch(const std::string& name);

// By the chip's description; nothing for a chip that is not known any more.
std::optional<perf::Residency> residency_of(const perf::LaunchProfile& launch);

}  // namespace qiao::cli
