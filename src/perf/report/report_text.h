// The report as text for a terminal.
#pragma once

#include <string>
#include <vector>

#include "src/perf/report/report.h"

namespace qiao::perf {

struct TextOptions {
  std::vector<const MetricInfo*> metrics;  // those asked for, in this order, instead of the usual columns
  bool per_launch = false;
  bool source = false;
};

std::string report_text(const RunReport& run, const TextOptions& options);

// Per kernel: by line of the source, and by PTX instruction.
std::string source_text(const KernelReport& kernel);

// nsys's summaries, header for header: of kernels, calls, copies. Its times are here the emulation's.
enum class CsvTable { Kernels, Calls, CopyTimes, CopySizes, Ranges };
std::string csv_text(const RunReport& run, CsvTable table);
// Metrics as nvprof --csv prints them; per launch: a row for each launch.
std::string metrics_csv(const RunReport& run, const TextOptions& options);

// Stacks for flame graphs, "process;range;kernel;file:line;instruction COUNT": warp instructions, or those of threads
// where lanes ran apart.
std::string folded_text(const RunReport& run);

}  // namespace qiao::perf
