// All that a report can show under a name: counters, facts of the launch, formulas over both, and what there is no
// number for. Names are ours, ncu's or nvprof's.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/perf/launch_profile.h"
#include "src/perf/report/expression.h"

namespace qiao::perf {

enum class Fact : uint8_t {
#define QIAO_FACT(id, name, unit, ncu, nvprof, text) id,
#define QIAO_METRIC(name, unit, ncu, nvprof, formula, text)
#define QIAO_MODELLED(id, name, unit, ncu, nvprof, text)
#define QIAO_ABSENT(name, unit, ncu, nvprof, text)
#include "src/perf/report/metrics.inc"
#undef QIAO_FACT
#undef QIAO_METRIC
#undef QIAO_MODELLED
#undef QIAO_ABSENT
  Count,
};

inline constexpr size_t kFacts = static_cast<size_t>(Fact::Count);

// What is known of a launch, or of several that agree on it.
struct Facts {
  std::array<std::optional<uint64_t>, kFacts> values;
  std::optional<uint64_t>& operator[](Fact fact) { return values[static_cast<size_t>(fact)]; }
  const std::optional<uint64_t>& operator[](Fact fact) const { return values[static_cast<size_t>(fact)]; }
  // Keeps what both say.
  void agree_with(const Facts& other);
};

// What only the model of time has numbers for.
enum class Modelled : uint8_t {
#define QIAO_FACT(id, name, unit, ncu, nvprof, text)
#define QIAO_METRIC(name, unit, ncu, nvprof, formula, text)
#define QIAO_MODELLED(id, name, unit, ncu, nvprof, text) id,
#define QIAO_ABSENT(name, unit, ncu, nvprof, text)
#include "src/perf/report/metrics.inc"
#undef QIAO_FACT
#undef QIAO_METRIC
#undef QIAO_MODELLED
#undef QIAO_ABSENT
  Count,
};
using ModelledValues = std::array<std::optional<double>, static_cast<size_t>(Modelled::Count)>;

// Stands wherever a number is modelled: "almost equal to".
inline constexpr const char* kModelledMark = "\xe2\x89\x88";

// What the chip has to say about a launch; all of it by src/runtime/occupancy.h. Without one: nothing is known.
struct Residency {
  uint64_t limit_blocks = 0, limit_registers = 0, limit_shared = 0, limit_warps = 0;
  uint64_t sm_count = 0;
  uint64_t sm_warps = 0;
  uint64_t reserved_shared = 0;  // of a block
  uint64_t chip_lanes = 32;      // of a warp of the real chip
};

Facts facts_of(const LaunchProfile& launch, const std::optional<Residency>& residency);

struct MetricInfo {
  enum class Source : uint8_t { Counter, Fact, Formula, Modelled, Absent } source = Source::Absent;
  std::string_view name, unit, ncu, nvprof, text, formula;
  size_t index = 0;  // of the counter, fact or modelled value
  bool is_static = false;
  bool of_ptx = false;        // counts PTX instructions: another number than of SASS
  bool of_warps = false;      // without a value where lanes ran apart
  bool needs_memory = false;  // counted at level memory only
  bool deterministic = true;  // false: depends on the schedule even if the program's results do not
  bool whole = true;          // an integer
};

std::span<const MetricInfo> metrics();
const MetricInfo* find_metric(std::string_view name);
// Names like it, the nearest first, at most three.
std::vector<std::string> near_metrics(std::string_view name);
// What to say of a name that there is no metric of.
std::string unknown_metric(std::string_view name);

// Numbers that metrics are made of.
struct Measured {
  CounterValues counters;
  Facts facts;
  CountLevel level = CountLevel::None;
  bool has_warps = false;
  ModelledValues modelled{};
};

// The value, or nothing and, if asked, why.
std::optional<Value> value_of(const MetricInfo& metric, const Measured& measured, std::string* why = nullptr);
std::optional<Value> value_of(std::string_view name, const Measured& measured);

// "12,345" or "3.75"; what is not there is "n/a".
std::string text_of(const std::optional<Value>& value);
// "inst.warp (ptx)", "atom.cas_fail (depends on the schedule)"; what is modelled has its mark
std::string title_of(const MetricInfo& metric);

}  // namespace qiao::perf
