#include "src/perf/report/hints.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace qiao::perf {
namespace {

// What a rule found; nothing: it does not fire.
struct Found {
  double cost_pct = 0;
  std::string text;
  const InstructionProfile* at = nullptr;
};

struct Rule {
  const char* id;
  const char* severity;
  const char* metric;
  const char* of;
  std::optional<Found> (*check)(const KernelReport& kernel);
};

constexpr double kWorthSaying = 10;  // percent

// A counter's or formula's value, or NaN, which fails every comparison below.
double number(const KernelReport& kernel, std::string_view name) {
  const std::optional<Value> value = value_of(name, kernel.total);
  return value ? static_cast<double>(value->number) : NAN;
}

std::string decimal(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

// The instruction of the source with the most of something; null when none has any.
template <class Of>
const InstructionProfile* worst(const KernelReport& kernel, Of of) {
  const InstructionProfile* found = nullptr;
  uint64_t most = 0;
  for (const InstructionProfile& line : kernel.source) {
    const uint64_t value = of(line);
    if (value > most) found = &line;
    most = std::max(most, value);
  }
  return found;
}

bool is(const InstructionProfile& line, std::initializer_list<const char*> opcodes) {
  const size_t guard = line.text.starts_with("@") ? line.text.find(' ') + 1 : 0;
  return std::any_of(opcodes.begin(), opcodes.end(), [&](const char* opcode) {
    return line.text.compare(guard, std::string_view(opcode).size(), opcode) == 0;
  });
}

std::optional<Found> uncoalesced(const KernelReport& kernel, const std::string& way, const char* what,
                                 const char* opcode) {
  const double sectors = number(kernel, "gmem." + way + ".sectors");
  const double requests = number(kernel, "gmem." + way + ".req");
  const double cost = 100 * number(kernel, "gmem." + way + ".excess_sectors") / sectors;
  if (!(cost >= kWorthSaying)) return std::nullopt;
  const double ideal = number(kernel, "gmem." + way + ".ideal_sectors");
  return Found{cost,
               std::string("global ") + what + " touch " + decimal(sectors / requests) + " sectors per request where " +
                   decimal(ideal / requests) +
                   " would hold what is asked for: let neighbouring lanes access neighbouring addresses",
               worst(kernel, [&](const InstructionProfile& line) {
                 return is(line, {opcode}) ? line.sectors - std::min(line.sectors, line.ideal_sectors) : 0;
               })};
}

std::optional<Found> uncoalesced_loads(const KernelReport& kernel) {
  return uncoalesced(kernel, "ld", "loads", "ld");
}
std::optional<Found> uncoalesced_stores(const KernelReport& kernel) {
  return uncoalesced(kernel, "st", "stores", "st");
}

std::optional<Found> misaligned(const KernelReport& kernel) {
  const double requests = number(kernel, "gmem.ld.req") + number(kernel, "gmem.st.req");
  const double share = 100 * number(kernel, "gmem.misaligned") / requests;
  const double cost =
      100 * number(kernel, "gmem.misaligned") / (number(kernel, "gmem.ld.sectors") + number(kernel, "gmem.st.sectors"));
  if (!(share >= kWorthSaying)) return std::nullopt;
  return Found{
      cost, decimal(share) + "% of the global requests take a sector more because they begin off a 32-byte boundary",
      worst(kernel,
            [](const InstructionProfile& line) { return line.sectors - std::min(line.sectors, line.ideal_sectors); })};
}

std::optional<Found> bank_conflicts(const KernelReport& kernel) {
  const double cost = 100 * number(kernel, "smem.excess") / number(kernel, "smem.wavefronts");
  if (!(cost >= kWorthSaying)) return std::nullopt;
  return Found{cost,
               "bank conflicts: a shared access takes " + decimal(number(kernel, "smem.nway")) +
                   " passes over the banks on average; pad rows so that lanes fall into different banks",
               worst(kernel, [](const InstructionProfile& line) {
                 return line.wavefronts - std::min(line.wavefronts, line.ideal_wavefronts);
               })};
}

std::optional<Found> divergence(const KernelReport& kernel) {
  const double branches = 100 * number(kernel, "br.divergent") / number(kernel, "br.executed");
  const double cost = 100 - number(kernel, "inst.warp_eff_pct");
  if (!(branches >= 5) || !(cost >= kWorthSaying)) return std::nullopt;
  return Found{cost,
               decimal(branches) + "% of the branches send lanes of a warp two ways; " +
                   decimal(number(kernel, "inst.warp_eff")) + " of 32 lanes are active on average",
               worst(kernel, [](const InstructionProfile& line) { return line.diverged; })};
}

std::optional<Found> partial_warps(const KernelReport& kernel) {
  const double threads = number(kernel, "launch.block"), warps = number(kernel, "launch.block_warps");
  const double cost = 100 * (1 - threads / (32 * warps));
  if (!(cost >= kWorthSaying)) return std::nullopt;
  return Found{cost, "blocks of " + decimal(threads).substr(0, decimal(threads).find('.')) +
                         " threads leave lanes of their last warp empty: use a multiple of 32"};
}

std::optional<Found> small_grid(const KernelReport& kernel) {
  const double blocks = number(kernel, "launch.grid"), sms = number(kernel, "chip.sm");
  const double cost = 100 * (1 - blocks / sms);
  if (!(cost >= kWorthSaying)) return std::nullopt;
  return Found{cost, "a grid of " + std::to_string(static_cast<uint64_t>(blocks)) + " blocks leaves SMs of the " +
                         std::to_string(static_cast<uint64_t>(sms)) + " of this chip without work"};
}

std::optional<Found> last_wave(const KernelReport& kernel) {
  const double waves = number(kernel, "occ.waves");
  const double cost = 100 * (1 - waves / std::ceil(waves));
  if (!(waves > 1) || !(cost >= 2 * kWorthSaying)) return std::nullopt;
  return Found{cost, "the grid fills the chip " + decimal(waves) + " times: the last wave is mostly empty"};
}

std::optional<Found> low_occupancy(const KernelReport& kernel) {
  const double occupancy = number(kernel, "occ.theoretical");
  if (!(occupancy < 50)) return std::nullopt;
  const double blocks = number(kernel, "occ.ctas_per_sm");
  constexpr std::array<std::pair<const char*, const char*>, 4> kLimits = {{{"occ.limit_regs", "registers"},
                                                                           {"occ.limit_smem", "shared memory"},
                                                                           {"occ.limit_blocks", "the number of blocks"},
                                                                           {"occ.limit_warps", "warps"}}};
  std::string why;
  for (const auto& [name, what] : kLimits)
    if (number(kernel, name) == blocks) why += (why.empty() ? "" : " and ") + std::string(what);
  const bool estimated = !kernel.launches.empty() && !kernel.launches[0].profile.registers_exact;
  if (estimated && why.starts_with("registers")) why += " (their number is an estimate)";
  return Found{100 - occupancy,
               "at most " + decimal(occupancy) + "% of an SM's warps can be resident, limited by " + why};
}

std::optional<Found> contended_atomics(const KernelReport& kernel) {
  const double lanes = number(kernel, "atom.serialization");
  if (!(lanes >= 4)) return std::nullopt;
  return Found{
      100 * (1 - 1 / lanes),
      "lanes of a warp meet on one address in atomics, " + decimal(lanes) +
          " of them on average: reduce within the warp or block first",
      worst(kernel, [](const InstructionProfile& line) { return is(line, {"atom", "red"}) ? line.requests : 0; })};
}

std::optional<Found> failing_cas(const KernelReport& kernel) {
  const double share = number(kernel, "atom.cas_fail_pct");
  if (!(share >= 50)) return std::nullopt;
  return Found{share, "most compare-and-swaps fail: threads wait for each other (this number depends on the schedule)",
               worst(kernel, [](const InstructionProfile& line) {
                 return line.text.find(".cas") != std::string::npos ? line.requests : 0;
               })};
}

std::optional<Found> local_traffic(const KernelReport& kernel) {
  const double local = number(kernel, "lmem.ld.req") + number(kernel, "lmem.st.req");
  const double cost = 100 * local / (local + number(kernel, "gmem.ld.req") + number(kernel, "gmem.st.req"));
  if (!(cost >= kWorthSaying)) return std::nullopt;
  return Found{cost, "accesses to .local arrays: index them by constants, so that they become registers"};
}

std::optional<Found> warp_of_32(const KernelReport& kernel) {
  const double lanes = number(kernel, "chip.warp");
  double calls = 0;
  for (const char* name : {"comm.shfl", "comm.vote", "comm.match", "comm.redux", "comm.activemask", "comm.elect"})
    calls += number(kernel, name);
  if (!(lanes > 0) || lanes == 32 || !(calls > 0)) return std::nullopt;
  return Found{100 * calls / number(kernel, "inst.warp"),
               "lanes of a warp talk to each other, and this chip's warps have " +
                   std::to_string(static_cast<uint64_t>(lanes)) + " lanes: look for masks and widths of 32",
               worst(kernel, [](const InstructionProfile& line) {
                 return is(line, {"shfl", "vote", "match", "redux", "activemask", "elect"}) ? line.warps : 0;
               })};
}

constexpr Rule kRules[] = {
    {"QIAO-GMEM-001", "opt", "gmem.ld.excess_sectors", "sectors loaded", uncoalesced_loads},
    {"QIAO-GMEM-002", "opt", "gmem.st.excess_sectors", "sectors stored", uncoalesced_stores},
    {"QIAO-GMEM-003", "opt", "gmem.misaligned", "global sectors", misaligned},
    {"QIAO-SMEM-001", "opt", "smem.excess", "shared wavefronts", bank_conflicts},
    {"QIAO-DIV-001", "opt", "br.divergent", "lanes of issued instructions", divergence},
    {"QIAO-DIV-002", "opt", "launch.block", "lanes of the block's warps", partial_warps},
    {"QIAO-GRID-001", "opt", "launch.grid", "the chip's SMs", small_grid},
    {"QIAO-GRID-002", "inf", "occ.waves", "the places for blocks in all waves", last_wave},
    {"QIAO-OCC-001", "inf", "occ.theoretical", "an SM's warps", low_occupancy},
    {"QIAO-ATOM-001", "opt", "atom.same_addr", "atomic passes", contended_atomics},
    {"QIAO-ATOM-002", "opt", "atom.cas_fail", "compare-and-swaps", failing_cas},
    {"QIAO-LMEM-001", "inf", "lmem.ld.req", "requests to memory", local_traffic},
    {"QIAO-WARP-001", "port", "comm.shfl", "warp instructions", warp_of_32},
};

std::string place_of(const InstructionProfile* at) {
  if (!at) return {};
  if (at->file.empty()) return "PTX line " + std::to_string(at->ptx_line);
  return at->file + ":" + std::to_string(at->line);
}

}  // namespace

std::vector<Hint> hints_of(const KernelReport& kernel) {
  std::vector<Hint> hints;
  for (const Rule& rule : kRules) {
    std::optional<Found> found = rule.check(kernel);
    if (!found) continue;
    hints.push_back({rule.id, rule.severity, place_of(found->at), std::move(found->text), rule.metric,
                     std::round(found->cost_pct * 10) / 10, rule.of});
  }
  std::stable_sort(hints.begin(), hints.end(), [](const Hint& a, const Hint& b) { return a.cost_pct > b.cost_pct; });
  return hints;
}

}  // namespace qiao::perf
