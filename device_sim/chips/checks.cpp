#include "device_sim/chips/checks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <map>

namespace qiao::chips {
namespace {

constexpr double kToleratedPct = 10;

std::string number(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string text_of(const PeakCheck& check) {
  return check.what + ": published " + number(check.published) + ", the file's numbers give " + number(check.derived) +
         " (" + number(check.off_pct()) + "% off)";
}

using Words = std::initializer_list<const char*>;

// A text that has to be one of some words; empty: it is.
std::string wrong_word(const char* key, const std::string& value, Words words) {
  std::string list;
  for (const char* word : words) {
    if (value == word) return {};
    list += (list.empty() ? "" : ", ") + std::string(word);
  }
  return std::string(key) + " is \"" + value + "\", expected one of " + list;
}

std::string wrong_words(const hal::ChipModel& model) {
  const Words support = {"native", "emulated", "none"};
  for (const std::string& problem :
       {wrong_word("support.fp64", model.support.fp64, support),
        wrong_word("support.fp16", model.support.fp16, support),
        wrong_word("support.bf16", model.support.bf16, support), wrong_word("support.fp8", model.support.fp8, support),
        wrong_word("cache.l1_write", model.cache.l1_write, {"through-no-allocate", "back"}),
        wrong_word("cache.l2_write", model.cache.l2_write, {"back-sector-mask", "back-fetch"}),
        wrong_word("cache.replacement", model.cache.replacement, {"lru", "fifo"})}) {
    if (!problem.empty()) return problem;
  }
  return {};
}

std::string wrong_limits(const hal::ChipDescription& chip) {
  if (chip.shared.per_block > chip.shared.per_block_optin) return "shared.per_block exceeds shared.per_block_optin";
  if (chip.shared.per_block_optin > chip.shared.per_sm) return "shared.per_block_optin exceeds shared.per_sm";
  if (chip.limits.threads_per_block > chip.sm.threads) return "limits.threads_per_block exceeds sm.threads";
  if (chip.sm.registers_per_block > chip.sm.registers) return "sm.registers_per_block exceeds sm.registers";
  if (chip.l1.sector_bytes > chip.l1.line_bytes) return "l1.sector_bytes exceeds l1.line_bytes";
  for (int power :
       {chip.shared.banks, chip.shared.bank_bytes, chip.l1.line_bytes, chip.l1.sector_bytes, chip.warp.chip_size}) {
    if (!std::has_single_bit(static_cast<unsigned>(power)))
      return "banks, bank_bytes, line_bytes, sector_bytes and chip_size must be powers of two";
  }
  return {};
}

}  // namespace

double PeakCheck::off_pct() const {
  return 100 * std::abs(derived - published) / published;
}

bool PeakCheck::holds() const {
  return off_pct() <= kToleratedPct;
}

std::vector<PeakCheck> peak_checks(const Chip& chip) {
  const hal::ChipDescription& about = chip.description;
  const hal::ChipModel& model = chip.model;
  const double vector_hz = 1e3 * about.sm.clock_khz * about.sm.count;
  const double tensor_hz =
      model.clock.tensor_khz == 0 ? vector_hz : 1e3 * model.clock.tensor_khz * static_cast<double>(about.sm.count);
  std::vector<PeakCheck> checks;
  // What a base says was checked with the base: another clock or fewer SMs on top of it are no mistake.
  auto own = [&](const std::string& what) {
    return std::any_of(chip.facts.begin(), chip.facts.end(), [&](const Fact& fact) {
      return fact.section + "." + fact.key == what && fact.file == about.name;
    });
  };
  auto add = [&](const char* what, double published, double derived) {
    if (published > 0 && own(what)) checks.push_back({what, published, derived});
  };
  add("peak.fp32", model.peak.fp32, about.rates.fp32 * vector_hz / 1e12);
  add("peak.fp64", model.peak.fp64, about.rates.fp64 * vector_hz / 1e12);
  add("peak.fp16", model.peak.fp16, about.rates.fp16 * vector_hz / 1e12);
  add("peak.tensor_tf32", model.peak.tensor_tf32, about.rates.tensor_tf32 * tensor_hz / 1e12);
  add("peak.tensor_f16", model.peak.tensor_f16, about.rates.tensor_f16 * tensor_hz / 1e12);
  add("peak.tensor_bf16", model.peak.tensor_bf16, about.rates.tensor_bf16 * tensor_hz / 1e12);
  add("peak.tensor_int8", model.peak.tensor_int8, about.rates.tensor_int8 * tensor_hz / 1e12);
  add("peak.tensor_fp8", model.peak.tensor_fp8, about.rates.tensor_fp8 * tensor_hz / 1e12);
  if (own("memory.bus_bits") || own("memory.clock_khz"))  // two transfers per clock
    add("memory.bandwidth_gbs", about.memory.bandwidth_gbs,
        about.memory.bus_bits / 8.0 * about.memory.clock_khz * 2 / 1e6);
  return checks;
}

Result<void> check_whole(const Chip& chip) {
  std::string problem = wrong_limits(chip.description);
  if (problem.empty()) problem = wrong_words(chip.model);
  // A fused multiply-add is two operations of each of 32 lanes.
  const double issued = 64 * chip.description.sm.schedulers * chip.model.pipe.issue_per_scheduler;
  if (problem.empty() && chip.description.rates.fp32 > issued * 1.001)
    problem = "rates.fp32 is " + number(chip.description.rates.fp32) + ", but sm.schedulers issue only " +
              number(issued) + " operations a clock (pipe.issue_per_scheduler)";
  for (const PeakCheck& check : peak_checks(chip)) {
    if (problem.empty() && !check.holds() && !chip.model.peak.derived_ok) problem = text_of(check);
  }
  if (problem.empty()) return {};
  return invalid(Code::InvalidValue, "invalid chip " + chip.description.name + ": " + problem);
}

std::vector<std::string> remarks(const Chip& chip) {
  std::vector<std::string> found;
  for (const PeakCheck& check : peak_checks(chip))
    if (!check.holds()) found.push_back(text_of(check) + "; accepted by peak.derived_ok");
  std::map<std::string, std::pair<int, int>> sections;  // keys, and those with a source
  for (const Fact& fact : chip.facts) {
    auto& [all, sourced] = sections[fact.section];
    ++all;
    sourced += fact.source.empty() ? 0 : 1;
  }
  std::string weak;
  for (const auto& [section, counts] : sections) {
    if (section == "chip" || section == "peak" || section == "calibration" || counts.first == counts.second) continue;
    weak += (weak.empty() ? "" : ", ") + section + " " + std::to_string(counts.first - counts.second) + "/" +
            std::to_string(counts.first);
  }
  if (!weak.empty()) found.push_back("values without a source: " + weak);
  return found;
}

}  // namespace qiao::chips
