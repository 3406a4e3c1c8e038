// Launches made by hand, and reports of them.
#pragma once

#include <filesystem>
#include <string>

#include "src/perf/record_file.h"
#include "src/perf/report/report.h"
#include "tests/unit/catch.h"

namespace made {

using namespace qiao::perf;

// One block of 32 threads that ran as a warp, counted at level memory.
inline LaunchProfile launch(const std::string& kernel = "_Z1kPf") {
  LaunchProfile launch;
  launch.kernel = kernel;
  launch.block = {32, 1, 1};
  launch.chip = "test";
  launch.executor = "warp";
  launch.level = CountLevel::Memory;
  launch.has_warps = true;
  launch.wall_ns = 100;
  launch.counters[Counter::launch_warps] = 1;
  return launch;
}

inline std::optional<Residency> residency(const LaunchProfile&) {
  return Residency{.limit_blocks = 32,
                   .limit_registers = 16,
                   .limit_shared = 32,
                   .limit_warps = 64,
                   .sm_count = 10,
                   .sm_warps = 64,
                   .reserved_shared = 1024,
                   .chip_lanes = 32};
}

// What qiao prof would make of a process with these launches.
inline RunReport report(const std::vector<LaunchProfile>& launches, const LaunchFilter& filter = {},
                        uint64_t limit = RecordFile::kDefaultLimit) {
  std::string folder = "/tmp/qiao-report-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  {
    auto file = RecordFile::create(folder, limit);
    REQUIRE(file.ok());
    for (const LaunchProfile& one : launches) (*file)->append(one);
    (*file)->header().ended = 1;
  }
  RunReport run;
  run.version = "0";
  run.command = {"app"};
  read_processes(folder, filter, residency, run);
  std::filesystem::remove_all(folder);
  return run;
}

inline Measured measured(const LaunchProfile& launch) {
  return {launch.counters, facts_of(launch, residency(launch)), launch.level, launch.has_warps};
}

}  // namespace made
