#include "src/perf/report/report_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "src/perf/report/hints.h"
#include "src/perf/table.h"

namespace qiao::perf {
namespace {

using Cells = std::vector<std::vector<std::string>>;

// Columns of the usual table: the metric behind each.
struct UsualColumn {
  const char* title;
  const char* metric;
};
constexpr UsualColumn kUsual[] = {
    {"warp inst (ptx)", "inst.warp"},
    {"lanes/inst (ptx)", "inst.warp_eff"},
    {"ld sect/req", "gmem.ld.sectors_per_req"},
    {"st sect/req", "gmem.st.sectors_per_req"},
    {"excess sect", "gmem.excess_sectors"},
    {"smem nway", "smem.nway"},
    {"atomics", "atom.req"},
    {"flop (ptx)", "flop.total"},
};

std::string percent(uint64_t part, uint64_t whole) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f%%",
                whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text.data();
}

std::string shape(const std::array<uint32_t, 3>& extents) {
  return "(" + std::to_string(extents[0]) + ", " + std::to_string(extents[1]) + ", " + std::to_string(extents[2]) + ")";
}

// What has no value because nothing of the kind was done is a dash, what could not be told is n/a.
std::string cell(const char* name, const Measured& measured) {
  const MetricInfo* metric = find_metric(name);
  std::string why;
  const std::optional<Value> value = value_of(*metric, measured, &why);
  return !value && why.starts_with("has nothing") ? "-" : text_of(value);
}

void add_usual(std::vector<std::string>& row, const Measured& measured) {
  for (const UsualColumn& column : kUsual) row.push_back(cell(column.metric, measured));
}

std::vector<Column> with_usual(std::vector<Column> columns) {
  for (const UsualColumn& column : kUsual) columns.push_back({column.title, true});
  columns.push_back({"name"});
  return columns;
}

// By modelled time where all of them have one, else by the emulation's.
std::vector<const KernelReport*> kernels_by_time(const ProcessReport& process) {
  std::vector<const KernelReport*> kernels;
  bool modelled = true;
  for (const KernelReport& kernel : process.kernels) {
    kernels.push_back(&kernel);
    modelled = modelled && kernel.modelled.has_value();
  }
  std::stable_sort(kernels.begin(), kernels.end(), [&](const KernelReport* a, const KernelReport* b) {
    return modelled ? a->modelled->sum.us > b->modelled->sum.us : a->time.ns > b->time.ns;
  });
  return kernels;
}

// Three digits: more would look like a measurement.
std::string modelled_duration(double us) {
  constexpr std::array<const char*, 4> kUnits = {"ns", "us", "ms", "s"};
  double value = us * 1e3;
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1e3;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, kUnits[unit]);
  return text.data();
}

const std::string kMark = kModelledMark;

// Time, what binds it, and occupancy: each column says what kind of number it holds.
std::vector<Column> with_model(std::vector<Column> columns) {
  columns.insert(columns.begin(), {{"time" + kMark, true}, {"bound by"}, {"occupancy", true}});
  return columns;
}

std::vector<std::string> model_cells(const std::optional<Estimate>& time, const Measured& measured) {
  if (!time) return {"n/a", "n/a", cell("occ.theoretical", measured)};
  return {modelled_duration(time->us), std::string(row_of(time->bound).name), cell("occ.theoretical", measured)};
}

std::optional<Estimate> sum_of(const KernelReport& kernel) {
  return kernel.modelled ? std::optional(kernel.modelled->sum) : std::nullopt;
}

std::string kernels_text(const ProcessReport& process) {
  uint64_t all = 0;
  for (const KernelReport& kernel : process.kernels) all += kernel.time.ns;
  Cells rows;
  for (const KernelReport* kernel : kernels_by_time(process)) {
    std::vector<std::string> row = model_cells(sum_of(*kernel), kernel->total);
    row.push_back(percent(kernel->time.ns, all));
    row.push_back(duration(kernel->time.ns));
    row.push_back(with_commas(kernel->time.count));
    add_usual(row, kernel->total);
    row.push_back(kernel->name);
    rows.push_back(std::move(row));
  }
  return "\nKernels\n" +
         format_columns(with_usual(with_model({{"emul%", true}, {"emulation", true}, {"launches", true}})), rows);
}

std::string launches_text(const ProcessReport& process) {
  Cells rows;
  std::vector<std::pair<const LaunchReport*, const KernelReport*>> launches;
  for (const KernelReport& kernel : process.kernels)
    for (const LaunchReport& launch : kernel.launches) launches.emplace_back(&launch, &kernel);
  std::sort(launches.begin(), launches.end(), [](auto& a, auto& b) { return a.first->number < b.first->number; });
  for (const auto& [launch, kernel] : launches) {
    const LaunchProfile& profile = launch->profile;
    std::vector<std::string> row = model_cells(launch->time, launch->measured());
    for (std::string& text :
         std::vector<std::string>{std::to_string(launch->number), duration(profile.wall_ns), shape(profile.grid),
                                  shape(profile.block), profile.executor, profile.range})
      row.push_back(std::move(text));
    add_usual(row, launch->measured());
    row.push_back(kernel->name + (profile.failed ? "  [failed: counts are what was reached]" : ""));
    rows.push_back(std::move(row));
  }
  return "\nLaunches\n" +
         format_columns(
             with_usual(with_model(
                 {{"n", true}, {"emulation", true}, {"grid", true}, {"block", true}, {"executor"}, {"nvtx"}})),
             rows);
}

// The same launches on other chips.
std::string chips_text(const ProcessReport& process) {
  std::vector<Column> columns;
  Cells rows;
  for (const KernelReport* kernel : kernels_by_time(process)) {
    std::vector<std::string> row;
    columns.clear();
    for (const ElsewhereTime& elsewhere : kernel->elsewhere) {
      columns.push_back({elsewhere.chip + kMark, true});
      columns.push_back({"bound by"});
      const bool known = elsewhere.time.has_value();
      row.push_back(known ? modelled_duration(elsewhere.time->sum.us) : "n/a");
      row.push_back(known ? std::string(row_of(elsewhere.time->sum.bound).name) : elsewhere.why);
    }
    columns.push_back({"name"});
    row.push_back(kernel->name);
    if (row.size() > 1) rows.push_back(std::move(row));
  }
  return rows.empty() ? ""
                      : "\nChips (modelled from the same counters; no measurement)\n" + format_columns(columns, rows);
}

// As nvprof --metrics: the least, the most and the mean of the launches.
std::string metrics_text(const KernelReport& kernel, const std::vector<const MetricInfo*>& wanted) {
  Cells rows;
  std::string reasons;
  for (const MetricInfo* metric : wanted) {
    const MetricRange range = range_of(kernel, *metric);
    rows.push_back({with_commas(range.launches), title_of(*metric), std::string(metric->unit), text_of(range.least),
                    text_of(range.most), text_of(range.mean)});
    if (!range.why.empty()) reasons += "    " + std::string(metric->name) + ": n/a: " + range.why + "\n";
  }
  return "\nKernel: " + kernel.name + "\n" +
         format_columns({{"launches", true}, {"metric"}, {"unit"}, {"min", true}, {"max", true}, {"avg", true}}, rows) +
         reasons;
}

std::string launch_metrics_text(const KernelReport& kernel, const std::vector<const MetricInfo*>& wanted) {
  std::vector<Column> columns = {{"n", true}, {"grid", true}, {"block", true}};
  for (const MetricInfo* metric : wanted) columns.push_back({title_of(*metric), true});
  Cells rows;
  for (const LaunchReport& launch : kernel.launches) {
    std::vector<std::string> row = {std::to_string(launch.number), shape(launch.profile.grid),
                                    shape(launch.profile.block)};
    for (const MetricInfo* metric : wanted) row.push_back(text_of(value_of(*metric, launch.measured())));
    rows.push_back(std::move(row));
  }
  return "\nKernel: " + kernel.name + "\n" + format_columns(columns, rows);
}

// Why some counters of a kernel have no value, once for each reason.
std::string notes_text(const ProcessReport& process) {
  std::string text;
  for (const KernelReport& kernel : process.kernels) {
    for (const LaunchReport& launch : kernel.launches) {
      if (launch.profile.has_warps) continue;
      text += "  " + kernel.name + " ran in the executor '" + launch.profile.executor + "'";
      if (!launch.profile.fallback.empty()) text += " (" + launch.profile.fallback + ")";
      text += ": its lanes ran apart, so that counters of warps are n/a\n";
      break;
    }
    if (!kernel.modelled && !kernel.no_time.empty())
      text += "  " + kernel.name + " has no modelled time: " + kernel.no_time + "\n";
  }
  return text.empty() ? "" : "\nNotes\n" + text;
}

std::string hints_text(const ProcessReport& process) {
  std::string text;
  for (const KernelReport* kernel : kernels_by_time(process)) {
    for (const Hint& hint : hints_of(*kernel)) {
      std::array<char, 32> cost{};
      std::snprintf(cost.data(), cost.size(), "%.1f%%", hint.cost_pct);
      std::string severity = hint.severity;
      for (char& c : severity) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      text += "  " + severity + "  " + kernel->name + (hint.place.empty() ? "" : " (" + hint.place + ")") + ": " +
              hint.text + " [" + hint.metric + ", " + cost.data() + " of " + hint.of + ", " + hint.id + "]\n";
    }
  }
  return text.empty() ? "" : "\nHints (what is worth a look)\n" + text;
}

// By chip, then by kernel.
std::string lint_text(const ProcessReport& process) {
  std::map<std::string, std::string> chips;
  for (const KernelReport* kernel : kernels_by_time(process)) {
    for (const LintFinding& finding : kernel->lint)
      chips[finding.chip] += "  " + std::string(finding.hint.severity == "port" ? "PORT" : "INF ") + "  " +
                             kernel->name + " (" + finding.hint.place + "): " + finding.hint.text + " [" +
                             finding.hint.id + "]\n";
  }
  std::string text;
  for (const auto& [chip, findings] : chips) text += "\nMoving to " + chip + "\n" + findings;
  return text;
}

template <class Rows>
std::string times_text(const char* title, const Rows& all, const char* amount,
                       const std::function<std::string(const typename Rows::value_type&)>& amount_of,
                       const std::function<std::string(const typename Rows::value_type&)>& name_of) {
  if (all.empty()) return {};
  uint64_t sum = 0;
  Rows sorted = all;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.time.ns > b.time.ns; });
  for (const auto& row : sorted) sum += row.time.ns;
  Cells rows;
  for (const auto& row : sorted) {
    rows.push_back({percent(row.time.ns, sum), duration(row.time.ns), with_commas(row.time.count),
                    duration(row.time.ns / std::max<uint64_t>(row.time.count, 1)), duration(row.time.min_ns),
                    duration(row.time.max_ns), amount_of(row), name_of(row)});
  }
  return std::string("\n") + title + "\n" +
         format_columns({{"time%", true},
                         {"time", true},
                         {"calls", true},
                         {"avg", true},
                         {"min", true},
                         {"max", true},
                         {amount, true},
                         {"name"}},
                        rows);
}

std::string host_text(const Recording& recording) {
  std::string text = times_text<std::vector<CallTotals>>(
      "Host: API calls (wall time, with the emulation they wait for)", recording.calls, "errors",
      [](const CallTotals& call) { return call.errors == 0 ? "" : with_commas(call.errors); },
      [](const CallTotals& call) { return call.name; });
  text += times_text<std::vector<CopyTotals>>(
      "Host: memory operations (wall time)", recording.copies, "bytes",
      [](const CopyTotals& copy) { return with_commas(copy.bytes); },
      [](const CopyTotals& copy) { return std::string(name_of(copy.kind)); });
  text += times_text<std::vector<RangeTotals>>(
      "NVTX ranges (wall time)", recording.ranges, "", [](const RangeTotals&) { return std::string(); },
      [](const RangeTotals& range) { return range.path; });
  text += "\nHost: device memory at most " + with_commas(recording.allocated_peak) + " bytes";
  text += "; " + with_commas(recording.compiled.count) + " kernels compiled in " + duration(recording.compiled.ns) +
          ", " + with_commas(recording.found) + " found in the cache\n";
  return text;
}

std::string words(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string process_text(const ProcessReport& process, const TextOptions& options) {
  const Recording& recording = process.recording;
  std::string text = "==QIAO== process " + std::to_string(recording.pid) + ": " + words(recording.command) + ": " +
                     with_commas(recording.launches) + " launches\n";
  if (!options.metrics.empty()) {
    for (const KernelReport* kernel : kernels_by_time(process))
      text +=
          options.per_launch ? launch_metrics_text(*kernel, options.metrics) : metrics_text(*kernel, options.metrics);
    return text + notes_text(process);
  }
  if (!process.kernels.empty()) text += options.per_launch ? launches_text(process) : kernels_text(process);
  text += chips_text(process);
  text += notes_text(process);
  if (options.source)
    for (const KernelReport* kernel : kernels_by_time(process)) text += source_text(*kernel);
  return text + host_text(recording) + hints_text(process) + lint_text(process);
}

// What every number with the mark is, and is not.
std::string model_note(const RunReport& run) {
  std::string text;
  for (const ModelChip& chip : run.chips) {
    std::array<char, 160> band{};
    std::snprintf(band.data(), band.size(), "\xc2\xb1%.0f%%, %s", chip.model.calibration.error_pct,
                  chip.model.calibration.done ? "calibrated" : "not calibrated");
    text += "==QIAO== " + kMark + ": modelled for the chip " + chip.about.name + " (" + chip.about.note + "), " +
            band.data() + ": no measurement\n";
  }
  return text;
}

}  // namespace

std::string report_text(const RunReport& run, const TextOptions& options) {
  std::string text = "==QIAO== qiao prof " + run.version + ": " + words(run.command) + ": exit code " +
                     std::to_string(run.exit_code) + " after " + duration(run.wall_ns) + "\n" +
                     "==QIAO== counters are exact; (ptx): counts PTX instructions, not SASS. Emulation: wall time "
                     "on this machine, not the chip's.\n";
  text += model_note(run);
  if (run.processes.empty()) text += "==QIAO== nothing was recorded: the program used no CUDA\n";
  for (const ProcessReport& process : run.processes) text += process_text(process, options);
  for (const std::string& warning : run.warnings) text += "==QIAO== warning: " + warning + "\n";
  return text;
}

}  // namespace qiao::perf
