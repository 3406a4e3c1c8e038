#include "src/perf/report/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "src/perf/table.h"

namespace qiao::perf {
namespace {

using Source = MetricInfo::Source;

struct Row {
  MetricInfo info;
  std::optional<Expression> formula;
};

// clang-format off
const MetricInfo kMore[] = {
#define QIAO_FACT(id, name, unit, ncu, nvprof, text) \
  {Source::Fact, name, unit, ncu, nvprof, text, {}, static_cast<size_t>(Fact::id), true},
#define QIAO_METRIC(name, unit, ncu, nvprof, formula, text) \
  {Source::Formula, name, unit, ncu, nvprof, text, formula},
#define QIAO_MODELLED(id, name, unit, ncu, nvprof, text) \
  {Source::Modelled, name, unit, ncu, nvprof, text, {}, static_cast<size_t>(Modelled::id), false, false, true, true, true, false},
#define QIAO_ABSENT(name, unit, ncu, nvprof, text) \
  {Source::Absent, name, unit, ncu, nvprof, text, {}},
#include "src/perf/report/metrics.inc"
#undef QIAO_FACT
#undef QIAO_METRIC
#undef QIAO_MODELLED
#undef QIAO_ABSENT
};
// clang-format on

bool counted_at_memory(std::string_view name) {
  constexpr std::array kPrefixes = {"gmem.", "smem.", "lmem.", "atom.", "inst.vector_width."};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](const char* prefix) { return name.starts_with(prefix); });
}

MetricInfo info_of(const CounterRow& row) {
  MetricInfo info{Source::Counter, row.name, row.unit, row.ncu, row.nvprof, row.text, {}};
  info.index = static_cast<size_t>(row.id);
  info.is_static = row.kind == CounterKind::Static;
  info.of_ptx = row.isa == CounterIsa::Ptx;
  info.of_warps = row.scope == CounterScope::Warp;
  info.needs_memory = counted_at_memory(row.name);
  info.deterministic = row.id != Counter::atom_cas_fail;
  return info;
}

struct Table {
  std::vector<Row> rows;
  std::vector<MetricInfo> infos;
  std::map<std::string_view, size_t> by_name;

  Table() {
    for (const CounterRow& row : counter_rows()) add(info_of(row));
    for (const MetricInfo& info : kMore) add(info);
    for (size_t i = 0; i < rows.size(); ++i) {
      const MetricInfo& info = rows[i].info;
      for (std::string_view name : {info.name, info.ncu, info.nvprof})
        if (!name.empty()) by_name.emplace(name, i);
    }
    for (size_t i = 0; i < rows.size(); ++i) derive(i);
    for (const Row& row : rows) infos.push_back(row.info);
  }

 private:
  void add(const MetricInfo& info) { rows.push_back({info, std::nullopt}); }

  // What a formula is follows from what it names; rows name only rows before them.
  void derive(size_t at) {
    MetricInfo& info = rows[at].info;
    if (info.source != Source::Formula) return;
    Result<Expression> parsed = Expression::parse(info.formula);
    if (!parsed) return;  // a test holds all of them to this
    info.is_static = true;
    info.whole = info.formula.find('/') == std::string_view::npos;
    for (const std::string& name : parsed->names()) {
      auto found = by_name.find(name);
      if (found == by_name.end() || found->second >= at) return;
      const MetricInfo& part = rows[found->second].info;
      info.is_static = info.is_static && part.is_static;
      info.of_ptx = info.of_ptx || part.of_ptx;
      info.of_warps = info.of_warps || part.of_warps;
      info.needs_memory = info.needs_memory || part.needs_memory;
      info.deterministic = info.deterministic && part.deterministic;
      info.whole = info.whole && part.whole;
    }
    rows[at].formula = *std::move(parsed);
  }
};

const Table& table() {
  static const auto* instance = new Table;
  return *instance;
}

const Row* row_of(std::string_view name) {
  auto found = table().by_name.find(name);
  return found == table().by_name.end() ? nullptr : &table().rows[found->second];
}

// How many letters to change, add or leave out.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t kept = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({kept, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string missing(const MetricInfo& info, const Measured& measured) {
  if (info.source == Source::Absent) return std::string(info.text);
  if (info.of_warps && !measured.has_warps) return "lanes ran apart (lane mode), which has no warps";
  if (info.is_static) return {};
  if (measured.level == CountLevel::None) return "was not counted";
  if (info.needs_memory && measured.level != CountLevel::Memory) return "is counted at --level memory";
  return {};
}

}  // namespace

void Facts::agree_with(const Facts& other) {
  for (size_t i = 0; i < kFacts; ++i)
    if (values[i] != other.values[i]) values[i].reset();
}

Facts facts_of(const LaunchProfile& launch, const std::optional<Residency>& residency) {
  Facts facts;
  const uint64_t threads = uint64_t{launch.block[0]} * launch.block[1] * launch.block[2];
  facts[Fact::grid] = uint64_t{launch.grid[0]} * launch.grid[1] * launch.grid[2];
  facts[Fact::block] = threads;
  facts[Fact::cluster] = 1;
  facts[Fact::threads] = *facts[Fact::grid] * threads;
  facts[Fact::block_warps] = (threads + 31) / 32;
  facts[Fact::registers] = launch.registers;
  facts[Fact::smem_static] = launch.static_shared_bytes;
  facts[Fact::smem_dynamic] = launch.dynamic_shared_bytes;
  facts[Fact::local_bytes] = launch.local_bytes;
  if (!residency) return facts;
  facts[Fact::smem_driver] = residency->reserved_shared;
  facts[Fact::limit_blocks] = residency->limit_blocks;
  facts[Fact::limit_registers] = residency->limit_registers;
  facts[Fact::limit_shared] = residency->limit_shared;
  facts[Fact::limit_warps] = residency->limit_warps;
  facts[Fact::sm_blocks] =
      std::min({residency->limit_blocks, residency->limit_registers, residency->limit_shared, residency->limit_warps});
  facts[Fact::chip_lanes] = residency->chip_lanes;
  facts[Fact::chip_sm] = residency->sm_count;
  facts[Fact::chip_sm_warps] = residency->sm_warps;
  return facts;
}

std::span<const MetricInfo> metrics() {
  return table().infos;
}

const MetricInfo* find_metric(std::string_view name) {
  auto found = table().by_name.find(name);
  return found == table().by_name.end() ? nullptr : &table().infos[found->second];
}

std::vector<std::string> near_metrics(std::string_view name) {
  std::vector<std::pair<size_t, std::string_view>> near;
  for (const auto& [known, index] : table().by_name) {
    const bool inside = name.size() >= 3 && known.find(name) != std::string_view::npos;
    const size_t far = inside ? 1 : distance(name, known);
    if (far <= std::max<size_t>(2, name.size() / 4)) near.emplace_back(far, known);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (size_t i = 0; i < near.size() && i < 3; ++i) names.emplace_back(near[i].second);
  return names;
}

std::string unknown_metric(std::string_view name) {
  std::string text = "there is no metric " + std::string(name);
  const char* separator = ": did you mean ";
  for (const std::string& near : near_metrics(name)) {
    text += separator + near;
    separator = ", ";
  }
  return text + " (see qiao prof list)";
}

std::optional<Value> value_of(const MetricInfo& metric, const Measured& measured, std::string* why) {
  std::string reason = missing(metric, measured);
  std::optional<Value> value;
  if (reason.empty() && metric.source == Source::Counter)
    value = Value{static_cast<long double>(measured.counters[static_cast<Counter>(metric.index)])};
  if (reason.empty() && metric.source == Source::Fact) {
    const std::optional<uint64_t>& fact = measured.facts[static_cast<Fact>(metric.index)];
    if (fact) value = Value{static_cast<long double>(*fact)};
    if (!fact) reason = "is not the same for all launches, or not known of this chip";
  }
  if (reason.empty() && metric.source == Source::Modelled) {
    const std::optional<double>& modelled = measured.modelled[metric.index];
    if (modelled) value = Value{static_cast<long double>(*modelled), false};
    if (!modelled) reason = "has no model for this chip or launch";
  }
  if (reason.empty() && metric.source == Source::Formula) {
    const Scope scope{[&](std::string_view name, Side) { return value_of(name, measured); }, {}};
    const Row* row = row_of(metric.name);
    if (row && row->formula) value = row->formula->evaluate(scope);
    if (!value) reason = "has nothing to divide by, or no value to start from";
  }
  if (!value && why) *why = reason;
  return value;
}

std::optional<Value> value_of(std::string_view name, const Measured& measured) {
  const MetricInfo* metric = find_metric(name);
  return metric ? value_of(*metric, measured) : std::nullopt;
}

std::string text_of(const std::optional<Value>& value) {
  if (!value) return "n/a";
  if (value->whole && value->number < 0) return "-" + with_commas(static_cast<uint64_t>(-value->number));
  if (value->whole) return with_commas(static_cast<uint64_t>(value->number));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2Lf", value->number);
  return text.data();
}

std::string title_of(const MetricInfo& metric) {
  std::string notes;
  if (metric.of_ptx) notes = "ptx";
  if (metric.source == Source::Modelled) notes = std::string(kModelledMark) + " modelled";
  if (!metric.deterministic) notes += notes.empty() ? "depends on the schedule" : ", depends on the schedule";
  return std::string(metric.name) + (notes.empty() ? "" : " (" + notes + ")");
}

}  // namespace qiao::perf
