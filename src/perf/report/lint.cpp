#include "src/perf/report/lint.h"

#include <algorithm>
#include <functional>
#include <set>

#include "src/perf/table.h"

namespace qiao::perf {
namespace {

// An instruction's words: opcode with its modifiers, operands; without its guard.
struct Words {
  std::string opcode, operands;
  explicit Words(const std::string& text) {
    size_t begin = text.starts_with("@") ? text.find(' ') : 0;
    begin = text.find_first_not_of(" \t", begin == std::string::npos ? 0 : begin);
    if (begin == std::string::npos) return;
    const size_t end = std::min(text.find_first_of(" \t;", begin), text.size());
    opcode = text.substr(begin, end - begin);
    operands = text.substr(end);
  }
  bool has(std::string_view modifier) const {  // ".f64", as a whole
    for (size_t at = opcode.find(modifier); at != std::string::npos; at = opcode.find(modifier, at + 1)) {
      const size_t end = at + modifier.size();
      if (end == opcode.size() || opcode[end] == '.') return true;
    }
    return false;
  }
  bool is(std::string_view first) const {
    return opcode == first || (opcode.starts_with(first) && opcode[first.size()] == '.');
  }
  bool is_arithmetic() const {
    for (const char* name : {"ld", "st", "mov", "ldu", "shfl", "selp", "atom", "red", "tex", "suld", "sust"})
      if (is(name)) return false;
    return true;
  }
};

std::string place_of(const InstructionProfile& line) {
  if (line.file.empty()) return "PTX line " + std::to_string(line.ptx_line);
  return line.file + ":" + std::to_string(line.line);
}

// Registers that only ever hold all ones, as compilers pass a full mask; they are replaced by it.
class FullMasks {
 public:
  explicit FullMasks(const std::vector<InstructionProfile>& source) {
    std::set<std::string> others;
    for (const InstructionProfile& line : source) {
      const Words words(line.text);
      const size_t begin = words.operands.find('%'), end = words.operands.find_first_of(",;|", begin);
      if (begin == std::string::npos || end == std::string::npos) continue;
      const std::string target = words.operands.substr(begin, end - begin);
      const bool ones = words.is("mov") && is_full(words.operands.substr(end));
      (ones ? registers_ : others).insert(target);
    }
    for (const std::string& other : others) registers_.erase(other);
  }

  bool in(const Words& words) const {
    if (is_full(words.operands)) return true;
    const size_t last = words.operands.rfind('%');
    if (last == std::string::npos) return false;
    return registers_.contains(words.operands.substr(last, words.operands.find_first_of(" ;", last) - last));
  }

 private:
  static bool is_full(const std::string& operands) {
    for (const char* mask : {" -1", "0xffffffff", "0xFFFFFFFF", "4294967295"})
      if (operands.find(mask) != std::string::npos) return true;
    return false;
  }
  std::set<std::string> registers_;
};

// A rule over instructions: what a chip has to be for it to matter, which instructions, and what to say.
struct InstructionRule {
  const char* id;
  const char* severity;  // "port": breaks or has to be looked at; "inf": works, slower
  bool (*matters)(const ModelChip& chip);
  bool (*matches)(const Words& words, const FullMasks& masks);
  const char* text;
};

bool wide_warps(const ModelChip& chip) {
  return chip.about.warp.chip_size != 32;
}
bool lanes_talk(const Words& words) {
  for (const char* name : {"shfl", "vote", "match", "redux", "activemask", "elect"})
    if (words.is(name)) return true;
  return false;
}
bool takes_mask(const Words& words) {
  return words.is("bar.warp") || (lanes_talk(words) && words.has(".sync"));
}
bool lane_number(const Words& words, const FullMasks&) {
  return words.operands.find("%laneid") != std::string::npos || words.operands.find("%lanemask") != std::string::npos ||
         words.operands.find("WARP_SZ") != std::string::npos || words.operands.find("%warpid") != std::string::npos;
}

constexpr InstructionRule kRules[] = {
    {"QIAO-PORT-010", "port", wide_warps,
     [](const Words& words, const FullMasks& masks) { return takes_mask(words) && masks.in(words); },
     "a literal mask of all 32 lanes: it names only part of this chip's warp"},
    {"QIAO-PORT-011", "port", wide_warps,
     [](const Words& words, const FullMasks& masks) {
       return lanes_talk(words) && !(takes_mask(words) && masks.in(words));
     },
     "lanes of a warp talk to each other: look for widths and lane numbers of 32"},
    {"QIAO-PORT-012", "port", wide_warps, lane_number, "reads lane or warp numbers, which count in warps of 32 here"},
    {"QIAO-PORT-020", "port", [](const ModelChip& chip) { return chip.model.support.fp64 == "none"; },
     [](const Words& words, const FullMasks&) { return words.has(".f64") && words.is_arithmetic(); },
     "f64 arithmetic, which this chip has not"},
    {"QIAO-PORT-021", "inf", [](const ModelChip& chip) { return chip.model.support.fp64 == "emulated"; },
     [](const Words& words, const FullMasks&) { return words.has(".f64") && words.is_arithmetic(); },
     "f64 arithmetic, emulated on this chip"},
    {"QIAO-PORT-022", "inf", [](const ModelChip& chip) { return chip.model.support.bf16 == "emulated"; },
     [](const Words& words, const FullMasks&) {
       return words.opcode.find(".bf16") != std::string::npos && words.is_arithmetic();
     },
     "bf16 arithmetic, emulated on this chip"},
    {"QIAO-PORT-023", "port", [](const ModelChip& chip) { return chip.model.support.fp8 != "native"; },
     [](const Words& words, const FullMasks&) {
       return words.opcode.find(".e4m3") != std::string::npos || words.opcode.find(".e5m2") != std::string::npos;
     },
     "f8 conversions, which this chip has not or emulates"},
    {"QIAO-PORT-030", "inf", [](const ModelChip& chip) { return !chip.about.features.cp_async; },
     [](const Words& words, const FullMasks&) { return words.is("cp.async"); },
     "asynchronous copies to shared memory, which this chip does as loads and stores"},
    {"QIAO-PORT-031", "port", [](const ModelChip& chip) { return !chip.about.features.tma; },
     [](const Words& words, const FullMasks&) { return words.is("cp.async.bulk"); },
     "bulk copies, which this chip has not"},
    {"QIAO-PORT-032", "port", [](const ModelChip& chip) { return !chip.about.features.wgmma; },
     [](const Words& words, const FullMasks&) { return words.is("wgmma"); },
     "warp-group matrix operations, which this chip has not"},
    {"QIAO-PORT-033", "port", [](const ModelChip& chip) { return !chip.about.features.cluster; },
     [](const Words& words, const FullMasks&) { return words.is("barrier.cluster") || words.is("mapa"); },
     "clusters of blocks, which this chip has not"},
};

void check_instructions(KernelReport& kernel, const ChipView& chip) {
  const FullMasks masks(kernel.source);
  for (const InstructionRule& rule : kRules) {
    if (!rule.matters(chip.chip)) continue;
    std::set<std::string> places;  // one finding for each line of the source
    for (const InstructionProfile& line : kernel.source) {
      if (line.warps + line.threads == 0 || !rule.matches(Words(line.text), masks)) continue;
      if (!places.insert(place_of(line)).second) continue;
      kernel.lint.push_back(
          {chip.chip.about.name,
           {rule.id, rule.severity, place_of(line), std::string(rule.text) + ": " + line.text, "", 0, ""}});
    }
  }
}

// What a launch asks for beyond what the chip gives; empty: it can be launched.
std::string beyond_limits(const LaunchProfile& launch, const ChipView& chip) {
  const hal::ChipDescription& about = chip.chip.about;
  const uint64_t threads = uint64_t{launch.block[0]} * launch.block[1] * launch.block[2];
  auto over = [](const std::string& what, uint64_t asked, uint64_t given, const char* error) {
    return asked <= given
               ? ""
               : with_commas(asked) + " " + what + ", the chip gives " + with_commas(given) + " (" + error + ")";
  };
  for (size_t axis = 0; axis < 3; ++axis) {
    for (const std::string& problem :
         {over("blocks along an axis", launch.grid[axis], static_cast<uint64_t>(about.limits.grid[axis]),
               "cudaErrorInvalidConfiguration"),
          over("threads along an axis", launch.block[axis], static_cast<uint64_t>(about.limits.block[axis]),
               "cudaErrorInvalidConfiguration")})
      if (!problem.empty()) return problem;
  }
  std::string problem = over("threads in a block", threads, static_cast<uint64_t>(about.limits.threads_per_block),
                             "cudaErrorInvalidConfiguration");
  if (problem.empty())
    problem = over("bytes of shared memory in a block", launch.static_shared_bytes + launch.dynamic_shared_bytes,
                   static_cast<uint64_t>(about.shared.per_block_optin), "cudaErrorInvalidValue");
  if (problem.empty())
    problem = over(launch.registers_exact ? "registers in a block" : "registers in a block (an estimate)",
                   threads * launch.registers, static_cast<uint64_t>(about.sm.registers_per_block),
                   "cudaErrorLaunchOutOfResources");
  return problem;
}

void check_launches(KernelReport& kernel, const ChipView& chip) {
  std::set<std::string> told;
  for (const LaunchReport& launch : kernel.launches) {
    const std::string problem = beyond_limits(launch.profile, chip);
    if (problem.empty() || !told.insert(problem).second) continue;
    kernel.lint.push_back({chip.chip.about.name,
                           {"QIAO-PORT-001", "port", "launch " + std::to_string(launch.number),
                            "cannot be launched: " + problem, "launch.block", 0, ""}});
  }
}

// Blocks whose warps do not fill the chip's wider ones.
void check_block(KernelReport& kernel, const ChipView& chip) {
  const int lanes = chip.chip.about.warp.chip_size;
  std::set<uint64_t> told;
  for (const LaunchReport& launch : kernel.launches) {
    const uint64_t threads = *launch.facts[Fact::block];
    const uint64_t rest = threads % static_cast<uint64_t>(lanes);
    if (lanes == 32 || rest == 0 || !told.insert(threads).second) continue;
    kernel.lint.push_back({chip.chip.about.name,
                           {"QIAO-PORT-013", "inf", "launch " + std::to_string(launch.number),
                            "blocks of " + std::to_string(threads) + " threads leave " +
                                std::to_string(static_cast<uint64_t>(lanes) - rest) + " lanes of a warp of " +
                                std::to_string(lanes) + " empty",
                            "launch.block", 0, ""}});
  }
}

}  // namespace

void lint(RunReport& run, const std::vector<const ChipView*>& chips) {
  for (ProcessReport& process : run.processes) {
    for (KernelReport& kernel : process.kernels) {
      for (const ChipView* chip : chips) {
        check_launches(kernel, *chip);
        check_block(kernel, *chip);
        check_instructions(kernel, *chip);
      }
    }
  }
}

std::vector<const ChipView*> chips_of_run(const RunReport& run, const ChipOf& chip_of) {
  std::vector<const ChipView*> chips;
  for (const ModelChip& chip : run.chips)
    if (const ChipView* view = chip_of(chip.about.name)) chips.push_back(view);
  return chips;
}

}  // namespace qiao::perf
