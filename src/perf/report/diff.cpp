#include "src/perf/report/diff.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "src/perf/report/metrics.h"
#include "src/perf/table.h"

namespace qiao::perf {
namespace {

using nlohmann::json;

Value value_of_json(const json& number) {
  if (number.is_number_unsigned()) return {static_cast<long double>(number.get<uint64_t>()), true};
  if (number.is_number_integer()) return {static_cast<long double>(number.get<int64_t>()), true};
  return {static_cast<long double>(number.get<double>()), false};
}

// Formulas that are whole are sums of counters.
bool adds_up(const std::string& name) {
  const MetricInfo* metric = find_metric(name);
  if (!metric || !metric->whole) return false;
  if (metric->source == MetricInfo::Source::Formula) return true;
  return metric->source == MetricInfo::Source::Counter && counter_rows()[metric->index].merge == CounterMerge::Sum;
}

// Kernels of several processes add up where that has a meaning: counts. Quotients stay only if one process has them.
void add_kernel(const json& kernel, ReportNumbers& numbers) {
  auto [place, is_new] = numbers.kernels.try_emplace(kernel.value("mangled", ""));
  KernelNumbers& to = place->second;
  to.name = kernel.value("name", place->first);
  const json total = kernel.value("agg", json::object());
  const Value launches{static_cast<long double>(total.value("launches", uint64_t{0})), true};
  to.values["launches"] = {to.values["launches"].number + launches.number, true};
  for (const char* group : {"m", "ratios", "modelled"}) {
    const json values = total.value(group, json::object());
    for (const auto& [name, number] : values.items()) {
      if (!number.is_number()) continue;
      const Value value = value_of_json(number);
      auto [known, first] = to.values.try_emplace(name, value);
      if (first) continue;
      if (adds_up(name))
        known->second.number += value.number;
      else if (known->second.number != value.number)
        to.values.erase(known);
    }
  }
}

std::string our_name(std::string_view name) {
  const MetricInfo* metric = find_metric(name);
  return metric ? std::string(metric->name) : std::string(name);
}

std::optional<Value> look_up(const ReportNumbers& numbers, const std::string& kernel, std::string_view name) {
  auto found = numbers.kernels.find(kernel);
  if (found == numbers.kernels.end()) return std::nullopt;
  auto value = found->second.values.find(our_name(name));
  return value == found->second.values.end() ? std::nullopt : std::optional(value->second);
}

std::string percent_change(const Value& before, const Value& after) {
  if (before.number == 0) return "from 0";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%+.2Lf%%", 100 * (after.number - before.number) / std::fabs(before.number));
  return text.data();
}

// Names are checked before anything is compared: a misspelt one must not pass.
Result<void> check_names(const Expression& condition, const ReportNumbers& before, const ReportNumbers& after) {
  for (const std::string& name : condition.names()) {
    bool somewhere = false;
    for (const ReportNumbers* numbers : {&before, &after})
      for (const auto& [mangled, kernel] : numbers->kernels)
        somewhere = somewhere || kernel.values.contains(our_name(name));
    if (somewhere) continue;
    if (!find_metric(name) && name != "launches") return invalid(Code::InvalidValue, unknown_metric(name));
    return invalid(Code::InvalidValue, "no kernel of these reports has a value of " + name);
  }
  return {};
}

struct Condition {
  std::string text;
  Expression expression;
};

void judge(const Condition& condition, const std::string& mangled, const std::string& name, const ReportNumbers& before,
           const ReportNumbers& after, Comparison& comparison) {
  const Scope scope{
      [&](std::string_view metric, Side side) { return look_up(side == Side::Old ? before : after, mangled, metric); },
      name};
  const std::optional<Value> holds = condition.expression.evaluate(scope);
  if (!holds) {
    comparison.undecided.push_back(condition.text + ": " + name + " has no value of a metric it names");
  } else if (holds->number != 0) {
    std::string numbers;
    for (const std::string& metric : condition.expression.names())
      numbers += ", " + metric + " " + text_of(look_up(before, mangled, metric)) + " -> " +
                 text_of(look_up(after, mangled, metric));
    comparison.failures.push_back(condition.text + ": " + name + numbers);
  }
}

std::string differences(const ReportNumbers& before, const ReportNumbers& after) {
  std::string text;
  for (const auto& [mangled, kernel] : after.kernels) {
    auto old = before.kernels.find(mangled);
    if (old == before.kernels.end()) {
      text += "only in the second: " + kernel.name + "\n";
      continue;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, value] : kernel.values) {
      auto known = old->second.values.find(name);
      if (known == old->second.values.end() || known->second.number == value.number) continue;
      const MetricInfo* metric = find_metric(name);
      rows.push_back({"  " + (metric ? title_of(*metric) : name), text_of(known->second), text_of(value),
                      percent_change(known->second, value)});
    }
    if (rows.empty()) continue;
    text += kernel.name + "\n" + format_columns({{"  metric"}, {"old", true}, {"new", true}, {"change", true}}, rows);
  }
  for (const auto& [mangled, kernel] : before.kernels)
    if (!after.kernels.contains(mangled)) text += "only in the first: " + kernel.name + "\n";
  return text.empty() ? "no differences\n" : text;
}

}  // namespace

Result<ReportNumbers> read_report(const std::string& text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object() || document.value("$schema", "") != "qiao-prof-1" || !document.contains("kernels"))
    return invalid(Code::InvalidValue, "is not a report of qiao prof --json (qiao-prof-1)");
  ReportNumbers numbers;
  for (const json& kernel : document["kernels"])
    if (kernel.is_object()) add_kernel(kernel, numbers);
  return numbers;
}

Result<Comparison> compare(const ReportNumbers& before, const ReportNumbers& after,
                           const std::vector<std::string>& conditions) {
  std::vector<Condition> parsed;
  for (const std::string& text : conditions) {
    Result<Expression> expression = Expression::parse(text);
    if (!expression) return expression.error();
    if (Result<void> known = check_names(*expression, before, after); !known) return known.error();
    parsed.push_back({text, *std::move(expression)});
  }
  Comparison comparison;
  comparison.text = differences(before, after);
  for (const Condition& condition : parsed)
    for (const auto& [mangled, kernel] : after.kernels)
      judge(condition, mangled, kernel.name, before, after, comparison);
  return comparison;
}

}  // namespace qiao::perf
