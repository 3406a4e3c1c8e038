// qiao prof calibrate: a chip file whose efficiencies fit measured times.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "device_sim/chips/catalog.h"
#include "src/cli/prof.h"
#include "src/cli/verbs.h"
#include "src/perf/model/calibrate.h"
#include "src/perf/table.h"

namespace qiao::cli {
namespace {

using nlohmann::json;

// "kernel,us" a line: the kernel's name (commas of a signature are its own), and the mean time of a launch.
Result<std::map<std::string, double>> read_measured(const std::string& name) {
  std::ifstream file(name);
  if (!file) return invalid(Code::FileNotFound, "cannot read " + name);
  std::map<std::string, double> measured;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    const size_t comma = line.rfind(',');
    if (line.empty() || line[0] == '#' || line == "kernel,us") continue;
    char* end = nullptr;
    const double us = comma == std::string::npos ? 0 : std::strtod(line.c_str() + comma + 1, &end);
    if (us <= 0 || *end != '\0')
      return invalid(Code::InvalidValue, name + ":" + std::to_string(number) +
                                             ": expected KERNEL,MICROSECONDS of a launch, found \"" + line + "\"");
    std::string kernel = line.substr(0, comma);
    if (kernel.size() > 1 && kernel.front() == '"' && kernel.back() == '"')
      kernel = kernel.substr(1, kernel.size() - 2);
    measured[kernel] = us;
  }
  return measured;
}

// A kernel answers to its signature, its mangled name, and its signature up to the parameters.
double measured_of(const json& kernel, const std::map<std::string, double>& measured) {
  const std::string name = kernel.value("name", "");
  for (const std::string& one : {name, kernel.value("mangled", ""), name.substr(0, name.find('('))})
    if (auto found = measured.find(one); found != measured.end()) return found->second;
  return 0;
}

Result<std::vector<perf::Measurement>> measurements(const json& report, const std::map<std::string, double>& measured) {
  std::vector<perf::Measurement> made;
  for (const json& kernel : report["kernels"]) {
    const double us = measured_of(kernel, measured);
    const json time = kernel.value("agg", json::object()).value("time", json::object());
    if (us <= 0 || !time.contains("terms")) continue;
    perf::Measurement one{kernel.value("name", ""), {}, us};
    const double launches = std::max(time.value("launches", 1.0), 1.0);
    for (size_t i = 0; i < perf::kTerms; ++i)
      one.term_us[i] = time["terms"].value(std::string(perf::row_of(static_cast<perf::Term>(i)).name), 0.0) / launches;
    made.push_back(std::move(one));
  }
  if (made.empty()) return invalid(Code::InvalidValue, "no kernel of the report that has a modelled time was measured");
  return made;
}

std::string toml_of(const std::string& base, const perf::Calibration& made, size_t kernels) {
  std::ostringstream text;
  text.precision(4);
  const std::string source =
      "source = \"qiao prof calibrate, " + std::to_string(kernels) + " kernels\", confidence = \"M\"}\n";
  auto section = [&](const char* name, const std::vector<std::pair<const char*, double>>& keys) {
    std::string open = std::string("\n[") + name + "]\n";
    for (const auto& [key, value] : keys) {
      const std::string full = std::string(name) + "." + key;
      if (std::find(made.fitted.begin(), made.fitted.end(), full) == made.fitted.end()) continue;
      text << open << key << " = {value = " << value << ", " << source;
      open.clear();
    }
  };
  const hal::ChipModel::Efficiency& reached = made.model.efficiency;
  text << "# Made by qiao prof calibrate.\n[chip]\nbase = \"" << base << "\"\n";
  section("efficiency", {{"fp32", reached.fp32},
                         {"fp64", reached.fp64},
                         {"fp16", reached.fp16},
                         {"l2", reached.l2},
                         {"memory", reached.memory}});
  section("pipe", {{"ilp", made.model.pipe.ilp}, {"mlp", made.model.pipe.mlp}});
  section("launch", {{"us", made.model.launch.us}});
  text << "\n[calibration]\ndone = true\nerror_pct = " << made.model.calibration.error_pct << "\n";
  return text.str();
}

Result<json> read_report(const std::string& name) {
  std::ifstream file(name);
  if (!file) return invalid(Code::FileNotFound, "cannot read " + name);
  json report = json::parse(file, nullptr, false);
  if (!report.is_object() || report.value("$schema", "") != "qiao-prof-1" || !report.contains("kernels"))
    return invalid(Code::InvalidValue, name + " is not a report of qiao prof --json (qiao-prof-1)");
  return report;
}

}  // namespace

int calibrate_chip(const CalibrateOptions& options) {
  Result<json> report = read_report(options.report);
  if (!report) return fail(kMisuse, report.error().message);
  Result<std::map<std::string, double>> measured = read_measured(options.measured);
  if (!measured) return fail(kMisuse, measured.error().message);
  const json chips = report->value("chips", json::array());
  const std::string name = !options.chip.empty() ? options.chip : chips.empty() ? "" : chips[0].value("name", "");
  Result<chips::Chip> chip = chips::load(name);
  if (!chip) return fail(kMisuse, chip.error().message + " (--chip)");
  Result<std::vector<perf::Measurement>> kernels = measurements(*report, *measured);
  if (!kernels) return fail(kMisuse, kernels.error().message);
  const perf::Calibration made = perf::calibrate(*kernels, chip->model);
  const std::string toml = toml_of(name, made, kernels->size());
  if (options.out.empty()) std::fputs(toml.c_str(), stdout);
  if (!options.out.empty()) {
    std::ofstream file(options.out);
    if (!(file << toml) || !file.flush()) return fail(kFailed, "cannot write " + options.out);
  }
  std::vector<std::vector<std::string>> rows;
  auto decimal = [](double value) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.3g", value);
    return std::string(text.data());
  };
  for (size_t i = 0; i < kernels->size(); ++i)
    rows.push_back({decimal((*kernels)[i].measured_us), decimal(made.before_us[i]), decimal(made.after_us[i]),
                    (*kernels)[i].kernel});
  std::fprintf(
      stderr, "%smean error %.1f%% before, %.1f%% after; worst %.1f%%\n",
      perf::format_columns({{"measured us", true}, {"modelled", true}, {"calibrated", true}, {"kernel"}}, rows).c_str(),
      made.before_pct, made.after_pct, made.worst_pct);
  return 0;
}

}  // namespace qiao::cli
