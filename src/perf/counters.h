// The counters of a launch by name (counters.inc), and an array of their values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace qiao::perf {

enum class Counter : uint16_t {
#define QIAO_COUNTER(id, name, unit, kind, isa, scope, merge, ncu, nvprof, text) id,
#include "src/perf/counters.inc"
#undef QIAO_COUNTER
  Count,
};

inline constexpr size_t kCounters = static_cast<size_t>(Counter::Count);

// Static: follows from the launch; Exact: counted while the kernel ran.
enum class CounterKind : uint8_t { Static, Exact };
// Ptx: counts PTX instructions, so it differs from what is counted of SASS; Neutral: the same on every instruction set.
enum class CounterIsa : uint8_t { Ptx, Neutral };
// Warp: of warps, without a meaning where a kernel's lanes ran apart (lane mode); Lane: of lanes.
enum class CounterScope : uint8_t { Warp, Lane };
// Min: 0 stands for none.
enum class CounterMerge : uint8_t { Sum, Max, Min };

struct CounterRow {
  Counter id;
  std::string_view name;
  std::string_view unit;
  CounterKind kind;
  CounterIsa isa;
  CounterScope scope;
  CounterMerge merge;
  std::string_view ncu;     // empty: ncu has none
  std::string_view nvprof;  // empty: nvprof has none
  std::string_view text;
};

std::span<const CounterRow> counter_rows();  // in the order of Counter

// By our name, ncu's or nvprof's.
std::optional<Counter> find_counter(std::string_view name);

class CounterValues {
 public:
  uint64_t& operator[](Counter id) { return values_[static_cast<size_t>(id)]; }
  uint64_t operator[](Counter id) const { return values_[static_cast<size_t>(id)]; }
  void merge(const CounterValues& other);  // of another launch
  bool operator==(const CounterValues&) const = default;

 private:
  std::array<uint64_t, kCounters> values_{};
};

}  // namespace qiao::perf
