// The JSON document: written here, described in src/perf/profiler.md, held to it by tests/cli/prof_schema.py.
#include "src/perf/report/report_json.h"
#include "src/perf/report/hints.h"
#include "src/perf/report/report.h"

namespace qiao::perf {
namespace {

using nlohmann::ordered_json;

const char* name_of(CountLevel level) {
  if (level == CountLevel::Memory) return "memory";
  return level == CountLevel::Blocks ? "blocks" : "off";
}

ordered_json number(const Value& value) {
  if (!value.whole) return static_cast<double>(value.number);
  if (value.number < 0) return static_cast<int64_t>(value.number);
  return static_cast<uint64_t>(value.number);
}

// Counts and facts into `m`, quotients into `ratios`; what has no value into neither.
void add_values(ordered_json& object, const Measured& measured) {
  ordered_json counts = ordered_json::object(), ratios = ordered_json::object(), modelled = ordered_json::object();
  for (const MetricInfo& metric : metrics()) {
    const bool is_modelled = metric.source == MetricInfo::Source::Modelled;
    if (std::optional<Value> value = value_of(metric, measured))
      (is_modelled ? modelled : metric.whole ? counts : ratios)[std::string(metric.name)] = number(*value);
  }
  object["m"] = std::move(counts);
  object["ratios"] = std::move(ratios);
  object["modelled"] = std::move(modelled);
}

ordered_json json_of(const TimeTotals& time) {
  return {{"calls", time.count}, {"sum_ns", time.ns}, {"min_ns", time.min_ns}, {"max_ns", time.max_ns}};
}

// Modelled: never among what was counted.
ordered_json json_of(const Estimate& time) {
  ordered_json terms = ordered_json::object();
  for (size_t i = 0; i < kTerms; ++i) terms[std::string(row_of(static_cast<Term>(i)).name)] = time.term_us[i];
  return {{"us", time.us},
          {"lo_us", time.low_us},
          {"err_pct", time.error_pct},
          {"calibrated", time.calibrated},
          {"bound_by", row_of(time.bound).name},
          {"terms", std::move(terms)},
          {"traffic",
           {{"from", name_of(time.traffic.from)},
            {"l2_bytes", time.traffic.l2_bytes},
            {"dram_bytes", time.traffic.dram_bytes}}}};
}

ordered_json json_of(const KernelTime& time) {
  ordered_json object = json_of(time.sum);
  object["launches"] = time.launches;
  object["min_us"] = time.least_us;
  object["max_us"] = time.most_us;
  return object;
}

ordered_json json_of(const ModelChip& chip) {
  return {{"name", chip.about.name},
          {"title", chip.about.title},
          {"note", chip.about.note},
          {"sm", chip.about.sm.count},
          {"warp_exec", chip.about.warp.size},
          {"warp_chip", chip.about.warp.chip_size},
          {"calibrated", chip.model.calibration.done},
          {"err_pct", chip.model.calibration.error_pct}};
}

ordered_json json_of(const LaunchReport& launch) {
  const LaunchProfile& profile = launch.profile;
  ordered_json object{{"n", launch.number},
                      {"grid", profile.grid},
                      {"block", profile.block},
                      {"cluster", {1, 1, 1}},
                      {"smem_static", profile.static_shared_bytes},
                      {"smem_dynamic", profile.dynamic_shared_bytes},
                      {"chip", profile.chip},
                      {"executor", profile.executor},
                      {"fallback", profile.fallback},
                      {"level", name_of(profile.level)},
                      {"has_warps", profile.has_warps},
                      {"failed", profile.failed},
                      {"nvtx", profile.range},
                      {"t_emul_ns", {profile.start_ns, profile.start_ns + profile.wall_ns}}};
  add_values(object, launch.measured());
  if (launch.time) object["time"] = json_of(*launch.time);
  return object;
}

ordered_json json_of(const InstructionProfile& line) {
  return {{"file", line.file},
          {"line", line.line},
          {"function", line.function},
          {"ptx_line", line.ptx_line},
          {"ptx", line.text},
          {"warps", line.warps},
          {"threads", line.threads},
          {"threads_on", line.threads_on},
          {"diverged", line.diverged},
          {"requests", line.requests},
          {"sectors", line.sectors},
          {"ideal_sectors", line.ideal_sectors},
          {"wavefronts", line.wavefronts},
          {"ideal_wavefronts", line.ideal_wavefronts}};
}

ordered_json json_of(const KernelReport& kernel, size_t id) {
  ordered_json object{{"id", id}, {"pid", kernel.pid}, {"name", kernel.name}, {"mangled", kernel.mangled}};
  if (!kernel.launches.empty()) {
    const LaunchProfile& first = kernel.launches.front().profile;
    object["regs"] = first.registers;
    object["regs_source"] = first.registers_exact ? "cubin" : "estimate";
  }
  ordered_json launches = ordered_json::array();
  for (const LaunchReport& launch : kernel.launches) launches.push_back(json_of(launch));
  object["launches"] = std::move(launches);
  object["truncated"] = kernel.dropped;
  ordered_json total{{"launches", kernel.time.count}, {"emul_ns", json_of(kernel.time)}};
  add_values(total, kernel.total);
  if (kernel.modelled) total["time"] = json_of(*kernel.modelled);
  object["agg"] = std::move(total);
  if (!kernel.no_time.empty()) object["no_time"] = kernel.no_time;
  ordered_json elsewhere = ordered_json::array();
  for (const ElsewhereTime& other : kernel.elsewhere) {
    elsewhere.push_back({{"chip", other.chip}});
    if (other.time) elsewhere.back()["time"] = json_of(*other.time);
    if (!other.time) elsewhere.back()["why"] = other.why;
  }
  if (!elsewhere.empty()) object["elsewhere"] = std::move(elsewhere);
  ordered_json source = ordered_json::array();
  for (const InstructionProfile& line : kernel.source) source.push_back(json_of(line));
  if (!source.empty()) object["source"] = std::move(source);
  return object;
}

const char* kind_of(const MetricInfo& metric) {
  if (metric.source == MetricInfo::Source::Absent) return "n/a";
  if (metric.source == MetricInfo::Source::Modelled) return "T";
  return metric.is_static ? "S" : "F";
}

ordered_json metrics_json() {
  ordered_json object = ordered_json::object();
  for (const MetricInfo& metric : metrics()) {
    ordered_json row{{"unit", metric.unit},
                     {"kind", kind_of(metric)},
                     {"isa", metric.of_ptx ? "ptx" : "neutral"},
                     {"scope", metric.of_warps ? "warp" : "lane"},
                     {"deterministic", metric.deterministic},
                     {"ncu", metric.ncu},
                     {"nvprof", metric.nvprof},
                     {"text", metric.text}};
    if (!metric.formula.empty()) row["formula"] = metric.formula;
    object[std::string(metric.name)] = std::move(row);
  }
  return object;
}

// The host's side of each process: its calls, copies, NVTX ranges.
void add_host(ordered_json& document, const RunReport& run) {
  ordered_json processes = ordered_json::array(), calls = ordered_json::array(), copies = ordered_json::array(),
               ranges = ordered_json::array();
  auto entry = [](const Recording& process, const char* key, const std::string& name, const TimeTotals& time) {
    ordered_json object{{"pid", process.pid}, {key, name}};
    object.update(json_of(time));
    return object;
  };
  for (const ProcessReport& one : run.processes) {
    const Recording& process = one.recording;
    processes.push_back({{"pid", process.pid},
                         {"parent", process.parent},
                         {"argv", process.command},
                         {"start_unix_ns", process.start_unix_ns},
                         {"ended", process.ended},
                         {"torn", process.torn},
                         {"launches", process.launches},
                         {"truncated", process.dropped},
                         {"allocated_peak", process.allocated_peak},
                         {"jit", json_of(process.compiled)},
                         {"jit_cache_hits", process.found}});
    for (const CallTotals& call : process.calls) {
      calls.push_back(entry(process, "name", call.name, call.time));
      calls.back()["errors"] = call.errors;
    }
    for (const CopyTotals& copy : process.copies) {
      copies.push_back(entry(process, "kind", perf::name_of(copy.kind), copy.time));
      copies.back()["bytes"] = copy.bytes;
      if (const std::optional<double> us = copy_time_us(copy, run)) copies.back()["model_us"] = *us;
    }
    for (const RangeTotals& range : process.ranges) ranges.push_back(entry(process, "path", range.path, range.time));
  }
  document["processes"] = std::move(processes);
  document["api"] = std::move(calls);
  document["memops"] = std::move(copies);
  document["nvtx"] = std::move(ranges);
}

}  // namespace

ordered_json report_document(const RunReport& run) {
  ordered_json document{{"$schema", "qiao-prof-1"},
                        {"tool", {{"name", "qiao prof"}, {"version", run.version}}},
                        {"run",
                         {{"argv", run.command},
                          {"exit_code", run.exit_code},
                          {"start_unix_ns", run.start_unix_ns},
                          {"wall_ns", run.wall_ns}}},
                        {"warnings", run.warnings}};
  ordered_json chips = ordered_json::array();
  for (const ModelChip& chip : run.chips) chips.push_back(json_of(chip));
  document["chips"] = std::move(chips);
  ordered_json kernels = ordered_json::array();
  ordered_json findings = ordered_json::array();
  for (const ProcessReport& process : run.processes) {
    for (const KernelReport& kernel : process.kernels) {
      for (const Hint& hint : hints_of(kernel)) {
        findings.push_back({{"id", hint.id},
                            {"sev", hint.severity},
                            {"kernel", kernels.size()},
                            {"loc", hint.place},
                            {"msg", hint.text},
                            {"metric", hint.metric},
                            {"cost_pct", hint.cost_pct}});
      }
      for (const LintFinding& finding : kernel.lint) {
        findings.push_back({{"id", finding.hint.id},
                            {"sev", finding.hint.severity},
                            {"kernel", kernels.size()},
                            {"loc", finding.hint.place},
                            {"msg", finding.hint.text},
                            {"metric", finding.hint.metric},
                            {"cost_pct", finding.hint.cost_pct},
                            {"chip", finding.chip}});
      }
      kernels.push_back(json_of(kernel, kernels.size()));
    }
  }
  document["kernels"] = std::move(kernels);
  document["metrics"] = metrics_json();
  add_host(document, run);
  document["findings"] = std::move(findings);
  return document;
}

std::string report_json(const RunReport& run) {
  return report_document(run).dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace qiao::perf
