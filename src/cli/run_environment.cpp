#include "src/cli/run_environment.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "device_sim/chips/catalog.h"
#include "src/base/environment.h"
#include "src/base/install_tree.h"
#include "src/cli/verbs.h"

namespace qiao::cli {
namespace {

// In this order: the diverter first (its patching comes before any constructor), then the libraries whose names satisfy
// what programs are linked to or dlopen.
constexpr const char* kDiverter = "libqiao_preload.so";
constexpr std::array kReplaced = {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcuda.so.1",
                                  "libnvrtc.so.13",  "libnvrtc.so.12",  "libnvrtc.so.11.2"};

// The program may change folders before it reads the variable.
std::string absolute_if_file(const std::string& name) {
  std::error_code failed;
  bool is_file = name.find('/') != std::string::npos || name.ends_with(".toml");
  return is_file ? std::filesystem::absolute(name, failed).string() : name;
}

// Each name checked, each file absolute.
Result<std::string> chip_list(const std::string& names) {
  std::string list;
  for (std::size_t start = 0; start <= names.size();) {
    const std::size_t end = std::min(names.find(',', start), names.size());
    const std::string name = names.substr(start, end - start);
    if (Result<chips::Chip> chip = chips::load(name); !chip) return chip.error();
    list += (list.empty() ? "" : ",") + absolute_if_file(name);
    start = end + 1;
  }
  return list;
}

Result<std::string> preload_list() {
  auto diverter = find_in_tree(std::filesystem::path("lib") / kDiverter);
  if (!diverter) {
    return invalid(Code::SharedObjectInitFailed,
                   std::string("cannot find lib/") + kDiverter + " near " + own_object().string());
  }
  // The loader splits the list at colons and spaces, and knows no quoting.
  if (diverter->string().find_first_of(": ") != std::string::npos) {
    return unsupported("Qiao lies in a folder with a space or a colon in its name, which LD_PRELOAD cannot hold: " +
                           diverter->parent_path().string(),
                       Code::SharedObjectInitFailed);
  }
#ifdef QIAO_SANITIZER_RUNTIME
  std::string list = QIAO_SANITIZER_RUNTIME ":" + diverter->string();
#else
  std::string list = diverter->string();
#endif
  std::error_code failed;
  for (const char* name : kReplaced) {
    std::filesystem::path library = diverter->parent_path() / name;
    if (std::filesystem::exists(library, failed)) list += ":" + library.string();
  }
  if (auto already = environment("LD_PRELOAD")) list += ":" + *already;
  return list;
}

}  // namespace

void add_run_options(CLI::App& verb, RunOptions& options) {
  verb.add_option(
          "--chip", options.chip,
          "the chip to be: a name (see qiao chips) or a .toml file; several, separated by commas, make a device "
          "of each")
      ->type_name("NAME");
  verb.add_option("--devices", options.devices, "how many devices the program sees (default: one for each chip)")
      ->check(CLI::Range(1, 64));
  verb.add_flag("--counters", options.counters, "print a table of kernels and their counters at exit, on stderr");
  verb.add_flag("--fidelity{report}", options.fidelity,
                "print the instructions that ran and are not exact, at exit, on stderr; =strict: and exit with 3 then")
      ->type_name("[=strict]");
  verb.add_option("--fidelity-json", options.fidelity_json, "append the same to FILE, one JSON object per process")
      ->type_name("FILE");
  verb.add_option("--executor", options.executor, "how kernels run (default: warp, with lane where needed)")
      ->check(CLI::IsMember({"interpreter", "lane", "warp"}));
  verb.add_option("--event-clock", options.event_clock,
                  "what events tell of time: wall (the emulation's), or model (what the chip would take, modelled)")
      ->check(CLI::IsMember({"wall", "model"}));
  verb.add_option("--tier", options.tier,
                  "how kernels are compiled: auto (long ones quickly first, then fully meanwhile), quick or full")
      ->check(CLI::IsMember({"auto", "quick", "full"}));
  verb.add_option("--memory", options.memory, "device memory at most: 512M, 4G")->type_name("SIZE");
  verb.add_option("--spill", options.spill, "device memory beyond the host's goes to a file without a name in FOLDER")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory);
  verb.add_flag("--unchecked", options.unchecked, "leave out the checks of memory accesses");
  verb.add_option("--workers", options.workers, "worker threads (default: the CPUs this process may use)")
      ->check(CLI::Range(1, 4096));
  verb.add_option("--watchdog", options.watchdog, "end a kernel that runs longer than this with a launch timeout")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber);
  verb.add_option("--log", options.log, "what Qiao says on stderr (default: warn)")
      ->check(CLI::IsMember({"off", "error", "warn", "info", "debug", "trace"}));
}

Result<std::uint64_t> parse_size(const std::string& text) {
  std::size_t end = 0;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end]))) ++end;
  const std::string units = "KMGT";
  std::string unit = text.substr(end);
  std::size_t power =
      unit.empty() ? 0 : units.find(static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0])))) + 1;
  bool unit_known =
      unit.empty() || (power != 0 && (unit.size() == 1 || unit.substr(1) == "B" || unit.substr(1) == "iB"));
  if (end == 0 || end > 15 || !unit_known) {
    return invalid(Code::InvalidValue, "invalid size " + text + ": expected a number, or one with K, M, G or T");
  }
  std::uint64_t bytes = std::stoull(text.substr(0, end)) << (10 * power);
  if (bytes >> (10 * power) != std::stoull(text.substr(0, end)) || bytes == 0) {
    return invalid(Code::InvalidValue, "invalid size " + text + ": out of range");
  }
  return bytes;
}

Result<std::vector<Variable>> run_environment(const RunOptions& options) {
  std::vector<Variable> variables;
  if (!options.chip.empty()) {
    Result<std::string> names = chip_list(options.chip);
    if (!names) return names.error();
    variables.push_back({"QIAO_CHIP", *names});
  }
  if (options.devices != 0) variables.push_back({"QIAO_DEVICES", std::to_string(options.devices)});
  if (!options.executor.empty()) variables.push_back({"QIAO_EXECUTOR", options.executor});
  if (!options.event_clock.empty()) variables.push_back({"QIAO_EVENT_CLOCK", options.event_clock});
  if (options.event_clock == "model" && !environment("QIAO_PROF")) variables.push_back({"QIAO_PROF", "memory"});
  if (!options.tier.empty()) variables.push_back({"QIAO_TIER", options.tier});
  if (!options.fidelity.empty() && options.fidelity != "report" && options.fidelity != "strict") {
    return invalid(Code::InvalidValue, "invalid --fidelity=" + options.fidelity + ": expected report or strict");
  }
  std::string fidelity = options.fidelity.empty() && !options.fidelity_json.empty() ? "report" : options.fidelity;
  if (!fidelity.empty()) variables.push_back({"QIAO_FIDELITY", fidelity});
  if (!options.fidelity_json.empty()) {
    std::error_code failed;
    variables.push_back({"QIAO_FIDELITY_JSON", std::filesystem::absolute(options.fidelity_json, failed).string()});
  }
  if (options.counters) variables.push_back({"QIAO_COUNTERS", "1"});
  if (!options.memory.empty()) {
    Result<std::uint64_t> bytes = parse_size(options.memory);
    if (!bytes) return bytes.error();
    variables.push_back({"QIAO_MEMORY", std::to_string(*bytes)});
  }
  if (!options.spill.empty()) {
    std::error_code failed;
    variables.push_back({"QIAO_SPILL", std::filesystem::absolute(options.spill, failed).string()});
  }
  if (options.unchecked) variables.push_back({"QIAO_UNCHECKED", "1"});
  if (options.workers != 0) variables.push_back({"QIAO_WORKERS", std::to_string(options.workers)});
  if (!options.watchdog.empty()) variables.push_back({"QIAO_WATCHDOG", options.watchdog});
  if (!options.log.empty()) variables.push_back({"QIAO_LOG", options.log});
  Result<std::string> preloaded = preload_list();
  if (!preloaded) return preloaded.error();
  variables.push_back({"LD_PRELOAD", *preloaded});
  return variables;
}

int exit_code(const Error& error) {
  return error.code == Code::SharedObjectInitFailed ? kCannotRun : kMisuse;
}

std::string audit_library() {
  auto path = find_in_tree("lib/libqiao_audit.so");
  return path ? path->string() : std::string();
}

}  // namespace qiao::cli
