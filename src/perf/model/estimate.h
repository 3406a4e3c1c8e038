// How long a launch would take on a chip: the bound model. Each resource of the chip gives a time from the launch's
// counters; the longest binds, and the result is a bracket with an error band, never a measurement. The formula is in
// src/perf/profiler.md; every symbol of it is a counter or a key of the chip's file.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "src/hal/chip.h"
#include "src/hal/chip_model.h"
#include "src/perf/counters.h"

namespace qiao::perf {

enum class Term : uint8_t {
#define QIAO_TERM(id, name, side, text) id,
#include "src/perf/model/terms.inc"
#undef QIAO_TERM
  Count,
};
inline constexpr size_t kTerms = static_cast<size_t>(Term::Count);
enum class TermSide : uint8_t { Compute, Memory, Other };
struct TermRow {
  std::string_view name;
  TermSide side;
  std::string_view text;
};
const TermRow& row_of(Term term);

struct ModelChip {
  hal::ChipDescription about;
  hal::ChipModel model;
};

// The launch as the chip places it: by the rules of occupancy.
struct LaunchPlacement {
  double blocks = 0;
  double block_warps = 0;
  double blocks_per_sm = 0;  // resident at once
};

// Bytes beyond L1, and how they are known.
struct Traffic {
  // NoReuse: every sector that was asked for, as if nothing stayed in a cache: an upper bound. FitsL2: all memory the
  // process ever had fits into L2, so that no byte is fetched or written back twice. Caches: by the model of caches.
  enum class From : uint8_t { NoReuse, FitsL2, Caches } from = From::NoReuse;
  double l2_bytes = 0;
  double dram_bytes = 0;
  double working_set = 0;  // bytes of different lines; 0: not counted
};
const char* name_of(Traffic::From from);  // "no-reuse", "fits-l2", "caches"

// Without a model of caches; `footprint`: bytes of device memory that the process had at most, 0: not known.
Traffic traffic_without_caches(const CounterValues& counters, double footprint, const ModelChip& chip);

struct Estimate {
  double us = 0;
  double low_us = 0;  // what the peaks alone allow: launch, arithmetic, and the working set where it is known
  double error_pct = 0;
  bool calibrated = false;
  Term bound = Term::launch;
  std::array<double, kTerms> term_us{};
  double compute_pct = 0;  // of the time, of the busiest resource of that side
  double memory_pct = 0;
  double occupancy_pct = 0;  // achieved: warps resident over the time in which an SM has any
  double balance_pct = 0;    // mean busy time of the SMs over the longest
  double cycles = 0;         // of an SM, without the launch
  Traffic traffic;

  double operator[](Term term) const { return term_us[static_cast<size_t>(term)]; }
};

// `counters` at level memory, of a launch that ran in warps. Nothing, and why, where the chip cannot do what it did.
std::optional<Estimate> estimate(const CounterValues& counters, const LaunchPlacement& placement,
                                 const Traffic& traffic, const ModelChip& chip, std::string* why = nullptr);

// Of several launches one after another.
void add(Estimate& to, const Estimate& launch);

// A copy between host and device or within the device.
enum class CopyWay : uint8_t { Link, Device, Fill };
double copy_us(CopyWay way, double bytes, double calls, const ModelChip& chip);

}  // namespace qiao::perf
