// CSV with the header names of nsys's summaries and nvprof's metrics, which scripts look for.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "src/perf/report/report_text.h"

namespace qiao::perf {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string made = "\"";
  for (const char c : text) made += c == '"' ? std::string("\"\"") : std::string(1, c);
  return made + "\"";
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + quoted(cells[i]);
  return line + "\n";
}

std::string decimal(long double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*Lf", digits, value);
  return text.data();
}

// A number without commas.
std::string plain(const std::optional<Value>& value) {
  if (!value) return "n/a";
  return decimal(value->number, value->whole ? 0 : 6);
}

// The middle and the spread of numbers that are known one by one; empty where they are not.
struct Spread {
  std::string median, deviation;
};

Spread spread_of(std::vector<uint64_t> values, uint64_t count) {
  if (values.empty() || values.size() != count) return {};
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  const long double median =
      values.size() % 2 ? values[half] : (static_cast<long double>(values[half - 1]) + values[half]) / 2;
  long double mean = 0, square = 0;
  for (uint64_t value : values) mean += static_cast<long double>(value) / values.size();
  for (uint64_t value : values) square += (value - mean) * (value - mean);
  const long double deviation = values.size() > 1 ? std::sqrt(square / (values.size() - 1)) : 0;
  return {decimal(median, 1), decimal(deviation, 1)};
}

struct Line {
  TimeTotals time;
  std::string name;
  Spread spread;
};

std::vector<std::string> times_of(const Line& line, uint64_t all) {
  const TimeTotals& time = line.time;
  const long double mean = time.count == 0 ? 0 : static_cast<long double>(time.ns) / time.count;
  return {decimal(all == 0 ? 0 : 100.0L * time.ns / all, 1),
          std::to_string(time.ns),
          std::to_string(time.count),
          decimal(mean, 1),
          line.spread.median,
          std::to_string(time.min_ns),
          std::to_string(time.max_ns),
          line.spread.deviation,
          line.name};
}

std::string times_csv(const char* counted, const char* named, std::vector<Line> lines) {
  uint64_t all = 0;
  for (const Line& line : lines) all += line.time.ns;
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time.ns > b.time.ns; });
  std::string text = line_of(
      {"Time (%)", "Total Time (ns)", counted, "Avg (ns)", "Med (ns)", "Min (ns)", "Max (ns)", "StdDev (ns)", named});
  for (const Line& line : lines) text += line_of(times_of(line, all));
  return text;
}

std::string kernels_csv(const RunReport& run) {
  std::vector<Line> lines;
  for (const ProcessReport& process : run.processes) {
    for (const KernelReport& kernel : process.kernels) {
      std::vector<uint64_t> each;
      for (const LaunchReport& launch : kernel.launches) each.push_back(launch.profile.wall_ns);
      lines.push_back({kernel.time, kernel.name, spread_of(std::move(each), kernel.time.count)});
    }
  }
  return times_csv("Instances", "Name", std::move(lines));
}

std::string sizes_csv(const RunReport& run) {
  std::string text =
      line_of({"Total (MB)", "Count", "Avg (MB)", "Med (MB)", "Min (MB)", "Max (MB)", "StdDev (MB)", "Operation"});
  auto megabytes = [](long double bytes) { return decimal(bytes / 1e6L, 6); };
  for (const ProcessReport& process : run.processes) {
    for (const CopyTotals& copy : process.recording.copies) {
      text += line_of({megabytes(copy.bytes), std::to_string(copy.time.count),
                       megabytes(static_cast<long double>(copy.bytes) / std::max<uint64_t>(copy.time.count, 1)), "",
                       megabytes(copy.min_bytes), megabytes(copy.max_bytes), "", name_of(copy.kind)});
    }
  }
  return text;
}

template <class Totals, class Name>
std::string totals_csv(const RunReport& run, std::vector<Totals> Recording::* rows, const char* counted,
                       const char* named, Name name) {
  std::vector<Line> lines;
  for (const ProcessReport& process : run.processes)
    for (const Totals& row : process.recording.*rows) lines.push_back({row.time, name(row), {}});
  return times_csv(counted, named, std::move(lines));
}

}  // namespace

std::string csv_text(const RunReport& run, CsvTable table) {
  switch (table) {
    case CsvTable::Kernels:
      return kernels_csv(run);
    case CsvTable::Calls:
      return totals_csv(run, &Recording::calls, "Num Calls", "Name", [](const CallTotals& call) { return call.name; });
    case CsvTable::CopyTimes:
      return totals_csv(run, &Recording::copies, "Count", "Operation",
                        [](const CopyTotals& copy) { return std::string(name_of(copy.kind)); });
    case CsvTable::CopySizes:
      return sizes_csv(run);
    case CsvTable::Ranges:
      return totals_csv(run, &Recording::ranges, "Instances", "Range",
                        [](const RangeTotals& range) { return ":" + range.path; });
  }
  return {};
}

std::string metrics_csv(const RunReport& run, const TextOptions& options) {
  std::string text =
      line_of({"Device", "Kernel", "Invocations", "Metric Name", "Metric Description", "Min", "Max", "Avg"});
  for (const KernelReport* kernel : by_time(run)) {
    const std::string chip = kernel->launches.empty() ? "" : kernel->launches[0].profile.chip;
    for (const MetricInfo* metric : options.metrics) {
      auto row = [&](uint64_t launches, const std::optional<Value>& least, const std::optional<Value>& most,
                     const std::optional<Value>& mean) {
        text += line_of({chip, kernel->name, std::to_string(launches), title_of(*metric), std::string(metric->text),
                         plain(least), plain(most), plain(mean)});
      };
      const MetricRange range = range_of(*kernel, *metric);
      if (!options.per_launch) row(kernel->launches.size(), range.least, range.most, range.mean);
      for (const LaunchReport& launch : kernel->launches) {
        if (!options.per_launch) break;
        const std::optional<Value> value = value_of(*metric, launch.measured());
        row(1, value, value, value);
      }
    }
  }
  return text;
}

}  // namespace qiao::perf
