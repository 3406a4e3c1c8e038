#include "kernels/bench/host/options.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>

#include "kernels/bench/host/clock.h"
#include "kernels/bench/host/figures.h"
#include "kernels/bench/host/images.h"

namespace qiao::bench {
namespace {

Error misuse(const std::string& what) {
  return invalid(Code::InvalidValue, what + " (see qiao bench --help)");
}

bool is_row(const std::string& name) {
  const auto& cases = all_cases();
  const auto& groups = figure_groups();
  return std::any_of(cases.begin(), cases.end(), [&](const CaseInfo& one) { return name == one.name; }) ||
         std::any_of(groups.begin(), groups.end(), [&](const FigureGroup& one) { return name == one.row; });
}

Result<void> set_size(Options& options, const std::string& value) {
  static const std::map<std::string, Size> kSizes = {
      {"tiny", Size::Tiny}, {"small", Size::Small}, {"full", Size::Full}};
  const auto found = kSizes.find(value);
  if (found == kSizes.end()) return misuse("invalid --size " + value + ", expected tiny, small or full");
  options.size = found->second;
  return {};
}

Result<void> set_only(Options& options, const std::string& value) {
  for (std::size_t start = 0; start <= value.size();) {
    const std::size_t end = std::min(value.find(',', start), value.size());
    const std::string name = value.substr(start, end - start);
    if (!is_row(name)) return misuse("--only: there is no row '" + name + "'; qiao bench --list shows them");
    options.only.push_back(name);
    start = end + 1;
  }
  return {};
}

Result<void> set_compiler(Options& options, const std::string& value) {
  if (value != "nvcc" && value != "clang") return misuse("invalid --compiler " + value + ", expected nvcc or clang");
  if (find_image("streams", value) == nullptr) return misuse("--compiler nvcc: there was no nvcc when Qiao was built");
  options.compiler = value;
  return {};
}

Result<void> set_seconds(Options& options, const std::string& value) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.seconds);
  const bool good = error == std::errc{} && end == value.data() + value.size();
  if (!good || !(options.seconds > 0 && options.seconds <= 3600)) {
    return misuse("invalid --seconds " + value + ", expected a number above 0 and up to 3600");
  }
  return {};
}

Result<void> set_cpu(Options& options, const std::string& value) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.cpu);
  if (error != std::errc{} || end != value.data() + value.size() || options.cpu < 0) {
    return misuse("invalid --cpu " + value + ", expected a CPU's number");
  }
  return {};
}

Result<void> set_clock(Options& options, const std::string& value) {
  if (!choose_clock(value)) return misuse("invalid --clock " + value + ", expected wall or cpu");
  options.clock = value;
  return {};
}

Result<void> set_json(Options& options, const std::string& value) {
  if (value.empty()) return misuse("--json needs a file's name");
  options.json = value;
  return {};
}

Result<void> set_flag(Options& options, const std::string& name) {
  if (name == "--check") return options.check = true, Result<void>();
  if (name == "--list") return options.list = true, Result<void>();
  if (name == "--help" || name == "-h") return options.help = true, Result<void>();
  return misuse(name.starts_with("-") ? "bench has no option " + name : "bench takes no argument '" + name + "'");
}

}  // namespace

bool Options::wants(const std::string& row) const {
  return only.empty() || std::find(only.begin(), only.end(), row) != only.end();
}

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  using Set = Result<void> (*)(Options&, const std::string&);
  static const std::map<std::string, Set> kValued = {
      {"--size", set_size}, {"--only", set_only}, {"--compiler", set_compiler}, {"--seconds", set_seconds},
      {"--cpu", set_cpu},   {"--json", set_json}, {"--clock", set_clock}};
  Options options;
  options.compiler = find_image("streams", "nvcc") != nullptr ? "nvcc" : "clang";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::size_t equals = std::min(arguments[i].find('='), arguments[i].size());
    const std::string name = arguments[i].substr(0, equals);
    const auto valued = kValued.find(name);
    if (valued == kValued.end()) {
      if (Result<void> set = set_flag(options, arguments[i]); !set) return set.error();
      continue;
    }
    const bool joined = equals < arguments[i].size();
    if (!joined && i + 1 == arguments.size()) return misuse(name + " needs a value");
    const std::string value = joined ? arguments[i].substr(equals + 1) : arguments[++i];
    if (Result<void> set = valued->second(options, value); !set) return set.error();
  }
  return options;
}

const char* find_image(const std::string& module, const std::string& build) {
  for (const Image* image = qiao_bench_images; image->name != nullptr; ++image) {
    if (module + "." + build == image->name) return image->text;
  }
  return nullptr;
}

const char* help_text() {
  return "usage: qiao bench [OPTIONS]\n"
         "\n"
         "Measures 22 CUDA kernels on the emulated chip against native C++ of the same purpose (Clang -O3 "
         "-march=native,\n"
         "the better of plain and -ffast-math), against OpenBLAS and PoCL where they are installed, and against what "
         "the\n"
         "machine can do at most: in one process, on one pinned CPU, in turns. Every result is checked. Then what "
         "launches,\n"
         "barriers, first launches, checks and memory cost, and what a second CPU brings.\n"
         "\n"
         "  --size tiny|small|full  how much data (default full: about 3 GB of memory)\n"
         "  --only A,B              these rows alone\n"
         "  --list                  the rows, and what each is to reach\n"
         "  --compiler nvcc|clang   who compiled the CUDA sources (default nvcc, if the build had one)\n"
         "  --seconds S             measure each kernel for about S seconds (default 2)\n"
         "  --cpu N                 the CPU to be pinned to (default the last one this process may use)\n"
         "  --clock wall|cpu        what time is measured (default wall); cpu is this process's alone, for a busy "
         "machine\n"
         "  --json FILE             all numbers, as JSON\n"
         "  --check                 run each kernel once and check its results; measure nothing\n"
         "  --help                  this text\n"
         "\n"
         "Exit code: 0 when every result was right, whatever the speed; 1 when one was wrong or a kernel failed; 2 for "
         "a\n"
         "wrong command line.\n";
}

}  // namespace qiao::bench
