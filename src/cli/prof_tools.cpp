// qiao prof list, explain and diff.
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/cli/prof.h"
#include "src/cli/verbs.h"
#include "src/perf/report/diff.h"
#include "src/perf/table.h"

namespace qiao::cli {
namespace {

using perf::MetricInfo;

std::string kind_of(const MetricInfo& metric) {
  if (metric.source == MetricInfo::Source::Absent) return "n/a";
  if (metric.source == MetricInfo::Source::Modelled) return "modelled";
  return metric.is_static ? "static" : "exact";
}

void line(std::string& text, const char* key, const std::string& value) {
  if (!value.empty()) text += "  " + std::string(key) + std::string(12 - std::string(key).size(), ' ') + value + "\n";
}

std::string explanation(const MetricInfo& metric) {
  std::string text = perf::title_of(metric) + "\n";
  if (metric.source == MetricInfo::Source::Absent) {
    line(text, "value", "n/a: " + std::string(metric.text));
  } else {
    line(text, "is", std::string(metric.text));
  }
  line(text, "formula", std::string(metric.formula));
  line(text, "unit", std::string(metric.unit));
  line(text, "kind", kind_of(metric));
  line(text, "ncu", std::string(metric.ncu));
  line(text, "nvprof", std::string(metric.nvprof));
  if (metric.of_ptx)
    line(text, "ptx",
         "counts PTX instructions. ncu counts SASS, of which one PTX instruction may make none or many: "
         "numbers differ");
  else if (metric.source == MetricInfo::Source::Counter && !metric.ncu.empty())
    line(text, "as ncu", "the same number, where the compiler to SASS keeps the access as PTX has it");
  if (metric.of_warps) line(text, "warps", "n/a for launches whose lanes ran apart (lane mode)");
  if (metric.needs_memory) line(text, "level", "counted at --level memory (the default)");
  if (metric.source != MetricInfo::Source::Absent)
    line(text, "determinism",
         metric.deterministic ? "the same in every run, with any number of workers, if the program's work is"
                              : "depends on the schedule: differs from run to run");
  return text;
}

Result<perf::ReportNumbers> read_file(const std::string& name) {
  std::ifstream file(name);
  if (!file) return invalid(Code::FileNotFound, "cannot read " + name);
  std::ostringstream text;
  text << file.rdbuf();
  Result<perf::ReportNumbers> numbers = perf::read_report(text.str());
  if (!numbers) return invalid(Code::InvalidValue, name + " " + numbers.error().message);
  return numbers;
}

}  // namespace

int explain_metric(const std::string& name) {
  const MetricInfo* metric = perf::find_metric(name);
  if (!metric) return fail(kMisuse, perf::unknown_metric(name));
  std::fputs(explanation(*metric).c_str(), stdout);
  return 0;
}

int list_metrics(bool as_json) {
  if (as_json) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const MetricInfo& metric : perf::metrics()) {
      array.push_back({{"name", metric.name},
                       {"unit", metric.unit},
                       {"kind", kind_of(metric)},
                       {"isa", metric.of_ptx ? "ptx" : "neutral"},
                       {"deterministic", metric.deterministic},
                       {"ncu", metric.ncu},
                       {"nvprof", metric.nvprof},
                       {"formula", metric.formula},
                       {"text", metric.text}});
    }
    std::printf("%s\n", array.dump(2).c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const MetricInfo& metric : perf::metrics())
    rows.push_back({perf::title_of(metric), std::string(metric.unit), kind_of(metric), std::string(metric.nvprof),
                    std::string(metric.ncu)});
  std::fputs(perf::format_columns({{"metric"}, {"unit"}, {"kind"}, {"nvprof"}, {"ncu"}}, rows).c_str(), stdout);
  return 0;
}

int diff_reports(const std::string& before, const std::string& after, const std::vector<std::string>& conditions) {
  Result<perf::ReportNumbers> first = read_file(before);
  if (!first) return fail(kMisuse, first.error().message);
  Result<perf::ReportNumbers> second = read_file(after);
  if (!second) return fail(kMisuse, second.error().message);
  Result<perf::Comparison> comparison = perf::compare(*first, *second, conditions);
  if (!comparison) return fail(kMisuse, "--fail-if: " + comparison.error().message);
  std::fputs(comparison->text.c_str(), stdout);
  for (const std::string& note : comparison->undecided) std::fprintf(stderr, "qiao: not decided: %s\n", note.c_str());
  for (const std::string& failure : comparison->failures) std::fprintf(stderr, "qiao: failed: %s\n", failure.c_str());
  return comparison->failures.empty() ? 0 : kFailed;
}

}  // namespace qiao::cli
