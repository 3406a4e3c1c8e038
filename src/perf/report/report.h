// What `qiao prof` tells, as data: the recordings of a run, per kernel and launch, after filters. JSON, tables, CSV and
// hints all read this.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "src/perf/model/estimate.h"
#include "src/perf/recording.h"
#include "src/perf/report/hint.h"
#include "src/perf/report/metrics.h"

namespace qiao::perf {

// Launches that are shown: of kernels and in NVTX ranges whose name is matched somewhere; of those, `count` after the
// first `skip`.
struct LaunchFilter {
  std::optional<std::regex> kernel;
  std::optional<std::regex> range;
  uint64_t skip = 0;
  uint64_t count = ~uint64_t{0};

  // Whether every launch of a kernel is shown if one is.
  bool by_kernel_alone() const { return !range && skip == 0 && count == ~uint64_t{0}; }
};

struct LaunchReport {
  uint64_t number = 0;    // of the process's launches, from 0, in the order in which they finished
  LaunchProfile profile;  // without its source
  Facts facts;
  std::optional<Estimate> time;  // on its chip

  Measured measured() const;
};

// The modelled time of all launches of a kernel that are in the report.
struct KernelTime {
  Estimate sum;
  uint64_t launches = 0;
  double least_us = 0, most_us = 0;
};

// A kernel on another chip than the one it ran on: the same counters.
struct ElsewhereTime {
  std::string chip;
  std::optional<KernelTime> time;
  std::string why;  // there is none
};

// Something that would break or change on a chip (lint.h).
struct LintFinding {
  std::string chip;
  Hint hint;
};

struct KernelReport {
  std::string mangled;
  std::string name;  // the full C++ signature
  uint32_t pid = 0;
  std::vector<LaunchReport> launches;
  // Together; with what the record had no room for, where nothing but the kernel's name was asked for.
  TimeTotals time;
  Measured total;
  uint64_t dropped = 0;  // launches of `time` that are not in `launches`
  std::optional<KernelTime> modelled;
  std::string no_time;  // why there is none
  std::vector<ElsewhereTime> elsewhere;
  std::vector<LintFinding> lint;
  std::vector<InstructionProfile> source;  // added up over `launches`, in the order of the PTX
};

struct ProcessReport {
  Recording recording;
  std::vector<KernelReport> kernels;  // in the order of their first launch
};

// Where a chip's data comes from: key, value, source (empty: nobody vouches for it), confidence.
struct ChipSources {
  std::string chip;
  std::vector<std::array<std::string, 4>> facts;
};

struct RunReport {
  std::string version;
  std::vector<std::string> command;
  int exit_code = 0;
  uint64_t start_unix_ns = 0;
  uint64_t wall_ns = 0;
  std::vector<ProcessReport> processes;  // those which did anything with CUDA, the first started first
  std::vector<ModelChip> chips;          // that kernels ran on and times are modelled for
  std::vector<ChipSources> sources;      // of their data
  std::vector<std::string> warnings;     // what is missing from this report, and why
};

using ResidencyOf = std::function<std::optional<Residency>(const LaunchProfile&)>;

// Adds what one instruction did to what another, or a whole line, did.
void add_instruction(InstructionProfile& to, const InstructionProfile& from);

Result<ProcessReport> read_process(const std::string& record, LaunchFilter filter, const ResidencyOf& residency);

// All records of a folder; those which cannot be read become warnings.
void read_processes(const std::string& folder, const LaunchFilter& filter, const ResidencyOf& residency,
                    RunReport& run);

// What copies would take on the first of the run's chips, modelled; nothing without a chip, or for copies on the host.
std::optional<double> copy_time_us(const CopyTotals& copies, const RunReport& run);

// The values that metrics take from an estimate.
ModelledValues modelled_values(const Estimate& estimate, const CounterValues& counters, double sms);

// All kernels, those that took the most time first.
std::vector<const KernelReport*> by_time(const RunReport& run);

// A metric over the launches of a kernel, of those that have a value.
struct MetricRange {
  uint64_t launches = 0;
  std::optional<Value> least, most, mean;
  std::string why;  // others have none
};
MetricRange range_of(const KernelReport& kernel, const MetricInfo& metric);

// The document of qiao-prof-1 (src/perf/profiler.md).
std::string report_json(const RunReport& run);

// For Perfetto and Chrome: launches on the modelled clock of their chip and on the emulation's, each on tracks of its
// own. Native: in Perfetto's own format, which large traces have in any case.
std::string report_trace(const RunReport& run, bool native);

// One page with everything in it (src/perf/report/page): no network, no other file.
std::string report_html(const RunReport& run);

}  // namespace qiao::perf
