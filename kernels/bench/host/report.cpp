#include "kernels/bench/host/report.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "src/perf/table.h"

namespace qiao::bench {
namespace {

using nlohmann::ordered_json;

constexpr double kQuiet = 0.5;  // a load average below it disturbs nothing

// Three digits that count.
std::string number(double value) {
  if (!(value > 0)) return "-";
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3, value);
  return text;
}

// Whether the default and the fast-math build reach the target.
std::string verdict(const Row& row) {
  if (!row.failure.empty()) return "FAILED";
  if (row.info->target == 0) return "reported";
  const bool precise = row.ratio(row.ours) >= row.info->target;
  const bool fast = row.ratio(row.ours_fast) >= row.info->target;
  return precise && fast ? "reached" : precise ? "default only" : fast ? "fast only" : "not reached";
}

std::string peer_rate(const Row& row, const std::optional<Timing>& timing) {
  return timing ? number(row.rate(*timing)) : "";
}

const FirstLaunch* launch_of(const Report& report, const std::string& kernel) {
  for (const FirstLaunch& launch : report.launches) {
    if (launch.kernel == kernel) return &launch;
  }
  return nullptr;
}

std::string milliseconds(const FirstLaunch* launch, double FirstLaunch::* time) {
  return launch == nullptr ? "-" : launch->failure.empty() ? number(launch->*time * 1e3) : "failed";
}

std::vector<std::string> cells(const Row& row, const Report& report) {
  const double limit = report.limits.of(row.info->limit);
  const double best = std::max(row.rate(row.ours), row.rate(row.ours_fast));
  const FirstLaunch* launch = launch_of(report, row.info->name);
  const Timing& native = row.fast_math.best < row.plain.best ? row.fast_math : row.plain;
  return {row.info->name,
          row.info->unit,
          number(row.rate(row.ours)),
          number(row.rate(row.ours_fast)),
          number(row.rate(native)),
          peer_rate(row, row.blas),
          row.opencl_failure.empty() ? peer_rate(row, row.opencl) : "-",
          number(row.ratio(row.ours)),
          number(row.ratio(row.ours_fast)),
          row.info->target == 0 ? "-" : number(row.info->target),
          verdict(row),
          limit > 0 && best > 0 ? number(100 * best / limit) + " %" : "-",
          milliseconds(launch, &FirstLaunch::quick),
          milliseconds(launch, &FirstLaunch::full),
          milliseconds(launch, &FirstLaunch::cached),
          launch == nullptr ? "-" : launch->mode};
}

ordered_json timing_json(const Row& row, const Timing& timing) {
  return {{"rate", row.rate(timing)},
          {"best_seconds", timing.best},
          {"median_seconds", timing.median},
          {"runs", timing.runs}};
}

ordered_json row_json(const Row& row, const Report& report) {
  ordered_json object = {{"name", row.info->name}, {"unit", row.info->unit}};
  object["verdict"] = verdict(row);
  if (!row.failure.empty()) object["failure"] = row.failure;
  if (row.ours.runs == 0) return object;
  object["default"] = timing_json(row, row.ours);
  object["fast_math"] = timing_json(row, row.ours_fast);
  object["native_plain"] = timing_json(row, row.plain);
  object["native_fast_math"] = timing_json(row, row.fast_math);
  if (row.blas) object["openblas"] = timing_json(row, *row.blas);
  if (row.opencl) object["opencl"] = timing_json(row, *row.opencl);
  if (!row.opencl_failure.empty()) object["opencl_failure"] = row.opencl_failure;
  object["ratio_default"] = row.ratio(row.ours);
  object["ratio_fast_math"] = row.ratio(row.ours_fast);
  if (row.info->target > 0) object["target"] = row.info->target;
  const double limit = report.limits.of(row.info->limit);
  if (limit > 0) object["share_of_limit"] = std::max(row.rate(row.ours), row.rate(row.ours_fast)) / limit;
  return object;
}

// The rows of kernels; each block of the report begins with an empty line.
std::string kernels_table(const Report& report) {
  if (report.rows.empty()) return {};
  std::vector<std::vector<std::string>> lines;
  for (const Row& row : report.rows) lines.push_back(cells(row, report));
  return "\n" + perf::format_columns({{"kernel"},
                                      {"unit"},
                                      {"default", true},
                                      {"fast-math", true},
                                      {"native", true},
                                      {"OpenBLAS", true},
                                      {"PoCL", true},
                                      {"ratio", true},
                                      {"fast-math", true},
                                      {"target", true},
                                      {"verdict"},
                                      {"of limit", true},
                                      {"quick, ms", true},
                                      {"full", true},
                                      {"cached", true},
                                      {"mode"}},
                                     lines);
}

// Which kernels warp mode refuses, and why.
std::string fallbacks(const Report& report) {
  std::string text;
  for (const FirstLaunch& launch : report.launches) {
    if (!launch.why.empty()) text += launch.kernel + " runs in " + launch.mode + " mode: " + launch.why + "\n";
  }
  return text.empty() ? text : "\n" + text;
}

std::string verdict(const Figure& figure) {
  if (!figure.failure.empty()) return figure.failure;
  return figure.target == 0 ? "reported" : figure.reached() ? "reached" : "not reached";
}

std::string target(const Figure& figure) {
  return figure.target == 0 ? "-" : (figure.at_least ? ">= " : "<= ") + number(figure.target);
}

// Costs may come out below nothing.
std::string value(const Figure& figure) {
  if (!figure.failure.empty()) return "-";
  return (figure.value < 0 ? "-" : "") + number(std::fabs(figure.value));
}

std::string peer_failures(const Report& report) {
  std::string text;
  for (const Row& row : report.rows) {
    if (!row.opencl_failure.empty()) text += std::string("PoCL, ") + row.info->name + ": " + row.opencl_failure + "\n";
  }
  return text.empty() ? text : "\n" + text;
}

std::string figures_table(const Report& report) {
  if (report.figures.empty()) return {};
  std::vector<std::vector<std::string>> lines;
  for (const Figure& figure : report.figures) {
    lines.push_back(
        {figure.row, figure.what, value(figure), figure.unit, target(figure), verdict(figure), figure.note});
  }
  return "\n" +
         perf::format_columns({{"row"}, {"what"}, {"value", true}, {"unit"}, {"target"}, {"verdict"}, {""}}, lines);
}

ordered_json figures_json(const Report& report) {
  ordered_json array = ordered_json::array();
  for (const Figure& figure : report.figures) {
    ordered_json object = {{"row", figure.row}, {"what", figure.what}, {"verdict", verdict(figure)}};
    if (figure.failure.empty()) object["value"] = figure.value;
    object["unit"] = figure.unit;
    if (figure.target > 0) object["target"] = figure.target;
    if (!figure.note.empty()) object["note"] = figure.note;
    array.push_back(object);
  }
  return array;
}

ordered_json launches_json(const Report& report) {
  ordered_json array = ordered_json::array();
  for (const FirstLaunch& launch : report.launches) {
    ordered_json object = {{"kernel", launch.kernel}};
    if (launch.failure.empty()) {
      object["quick_seconds"] = launch.quick;
      object["full_seconds"] = launch.full;
      object["cached_seconds"] = launch.cached;
      object["mode"] = launch.mode;
    } else {
      object["failure"] = launch.failure;
    }
    if (!launch.why.empty()) object["why"] = launch.why;
    array.push_back(object);
  }
  return array;
}

}  // namespace

std::string table(const Report& report, const Options& options) {
  std::string text = report.device + ", one CPU; CUDA compiled by " + options.compiler +
                     (options.clock == "cpu" ? "; CPU time" : "") + "\n";
  text += "machine: " + number(report.limits.fma) + " GFLOP/s, L1 " + number(report.limits.l1) + " GB/s, memory read " +
          number(report.limits.read) + " GB/s, copy " + number(report.limits.copy) + " GB/s, update " +
          number(report.limits.update) + " GB/s\n";
  text += std::string("peers: OpenBLAS ") + (report.has_blas ? "" : "not ") + "installed, PoCL " +
          (report.has_opencl ? "" : "not ") + "installed\n";
  if (report.load > kQuiet)
    text += "other programs are running (load " + number(report.load) + "): take no number for exact" +
            (options.clock == "wall" ? " (--clock cpu helps)" : "") + "\n";
  return text + kernels_table(report) + fallbacks(report) + peer_failures(report) + figures_table(report);
}
std::string json(const Report& report, const Options& options) {
  ordered_json object = {{"device", report.device}, {"compiler", options.compiler}, {"clock", options.clock}};
  object["load_before"] = report.load;
  object["limits"] = {{"fma_gflops", report.limits.fma},
                      {"l1_read_gbs", report.limits.l1},
                      {"read_gbs", report.limits.read},
                      {"copy_gbs", report.limits.copy},
                      {"update_gbs", report.limits.update}};
  object["openblas"] = report.has_blas;
  object["pocl"] = report.has_opencl;
  object["rows"] = ordered_json::array();
  for (const Row& row : report.rows) object["rows"].push_back(row_json(row, report));
  object["first_launches"] = launches_json(report);
  object["figures"] = figures_json(report);
  return object.dump(2) + "\n";
}

std::string list_of_rows() {
  std::vector<std::vector<std::string>> lines;
  for (const CaseInfo& info : all_cases()) {
    lines.push_back({info.name, info.unit, info.target == 0 ? "-" : ">= " + number(info.target),
                     info.has_blas ? "OpenBLAS" : "native", std::string(info.module) + ".cu"});
  }
  for (const FigureGroup& group : figure_groups()) lines.push_back({group.row, "", "", "", group.what});
  return perf::format_columns({{"row"}, {"unit"}, {"target"}, {"of"}, {"source"}}, lines);
}

}  // namespace qiao::bench
