// qiao prof: runs a program with counters compiled into its kernels, and reports when it has ended. It stays the
// program's parent; each process of the program keeps a record file in a folder of ours, which survives a kill.
#include "src/cli/prof.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <thread>

#include "device_sim/chips/catalog.h"
#include "src/base/install_tree.h"
#include "src/cli/start.h"
#include "src/cli/verbs.h"
#include "src/compile/process.h"
#include "src/perf/report/lint.h"
#include "src/perf/report/report_text.h"
#include "src/perf/table.h"

namespace qiao::cli {
namespace {

using Clock = std::chrono::steady_clock;

uint64_t ns_since(Clock::time_point start) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
}

// A line on stderr now and then, while the program runs.
class Progress {
 public:
  Progress(std::filesystem::path folder, bool wanted) : folder_(std::move(folder)) {
    if (wanted) thread_ = std::thread([this] { watch(); });
  }
  ~Progress() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void watch() {
    constexpr int kTicks = 20;  // of 100 ms
    for (int tick = 1; !done_; ++tick) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (tick % kTicks == 0) say();
    }
  }
  void say() const {
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
      Result<perf::RecordingProgress> progress = perf::read_progress(entry.path().string());
      if (!progress) continue;
      std::fprintf(stderr, "==QIAO== process %u: %s launches finished, %s of emulation, %s\n", progress->pid,
                   perf::with_commas(progress->launches).c_str(), perf::duration(progress->emulation_ns).c_str(),
                   perf::duration(ns_since(start_)).c_str());
    }
  }

  std::filesystem::path folder_;
  Clock::time_point start_ = Clock::now();
  std::atomic<bool> done_{false};
  std::thread thread_;
};

Result<std::optional<std::regex>> pattern(const std::string& text, const char* option) {
  if (text.empty()) return std::optional<std::regex>();
  try {
    return std::optional<std::regex>(std::regex(text));
  } catch (const std::regex_error&) {
    return invalid(Code::InvalidValue, std::string("invalid ") + option + " " + text + ": not a regular expression");
  }
}

// What the options ask of the report, checked before the program starts.
struct Wanted {
  perf::LaunchFilter filter;
  perf::TextOptions text;
  perf::CsvTable csv = perf::CsvTable::Kernels;
  std::vector<perf::ChipView> compared;
  uint64_t limit = 0;
};

Result<Wanted> wanted_by(const ProfOptions& options) {
  Wanted wanted;
  Result<std::optional<std::regex>> kernel = pattern(options.kernel, "--kernel");
  if (!kernel) return kernel.error();
  Result<std::optional<std::regex>> range = pattern(options.nvtx, "--nvtx");
  if (!range) return range.error();
  wanted.filter = {*std::move(kernel), *std::move(range), options.skip, options.count};
  wanted.text.per_launch = options.per_launch;
  wanted.text.source = options.source;
  for (std::size_t start = 0; start < options.metrics.size();) {
    const std::size_t end = std::min(options.metrics.find(',', start), options.metrics.size());
    const std::string name = options.metrics.substr(start, end - start);
    const perf::MetricInfo* metric = perf::find_metric(name);
    if (!metric) return invalid(Code::InvalidValue, perf::unknown_metric(name));
    wanted.text.metrics.push_back(metric);
    start = end + 1;
  }
  for (std::size_t start = 0; start < options.compare.size();) {
    const std::size_t end = std::min(options.compare.find(',', start), options.compare.size());
    Result<perf::ChipView> view = chip_view(options.compare.substr(start, end - start));
    if (!view) return invalid(Code::InvalidValue, "--compare-chips: " + view.error().message);
    wanted.compared.push_back(*std::move(view));
    start = end + 1;
  }
  constexpr std::pair<const char*, perf::CsvTable> kTables[] = {{"kern", perf::CsvTable::Kernels},
                                                                {"api", perf::CsvTable::Calls},
                                                                {"mem-time", perf::CsvTable::CopyTimes},
                                                                {"mem-size", perf::CsvTable::CopySizes},
                                                                {"nvtx", perf::CsvTable::Ranges}};
  for (const auto& [name, table] : kTables)
    if (options.csv_table == name) wanted.csv = table;
  if (!options.record_limit.empty()) {
    Result<uint64_t> bytes = parse_size(options.record_limit);
    if (!bytes) return bytes.error();
    wanted.limit = *bytes;
  }
  return wanted;
}

void set(const char* name, const std::string& value) {
  setenv(name, value.c_str(), 1);
}

void set_profiling(const std::filesystem::path& folder, const ProfOptions& options, const Wanted& wanted) {
  set("QIAO_PROF", options.level);
  set("QIAO_PROF_RECORD", folder.string());
  if (wanted.limit) set("QIAO_PROF_RECORD_LIMIT", std::to_string(wanted.limit));
  if (options.source || options.lint || !options.html.empty()) set("QIAO_PROF_SOURCE", "1");
  if (options.start_paused) set("QIAO_PROF_PAUSED", "1");
  if (auto library = find_in_tree("lib/libqiao_nvtx.so")) set("NVTX_INJECTION64_PATH", library->string());
}

// `name` is a file, "-" for stdout or "stderr".
int write_text(const std::string& name, const std::string& text) {
  FILE* file = name == "-" ? stdout : name == "stderr" ? stderr : std::fopen(name.c_str(), "w");
  bool done = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file && file != stdout && file != stderr) done = std::fclose(file) == 0 && done;
  return done ? 0 : fail(kFailed, "cannot write " + name);
}

// Written beside it and moved there: never half a report.
int write_whole(const std::string& name, const std::string& text) {
  if (name == "-") return write_text(name, text);
  const std::string beside = name + ".tmp";
  if (int code = write_text(beside, text)) return code;
  std::error_code failed;
  std::filesystem::rename(beside, name, failed);
  return failed ? fail(kFailed, "cannot write " + name + ": " + failed.message()) : 0;
}

// With %p in the name: a file for each process.
int write_json(const std::string& name, const perf::RunReport& run) {
  const size_t place = name.find("%p");
  if (place == std::string::npos) return write_whole(name, perf::report_json(run));
  for (const perf::ProcessReport& process : run.processes) {
    perf::RunReport one = run;
    one.processes = {process};
    std::string own = name;
    own.replace(place, 2, std::to_string(process.recording.pid));
    if (int code = write_whole(own, perf::report_json(one))) return code;
  }
  return 0;
}

// Without a choice of the user's, all chips: the page has room for them.
int write_html(perf::RunReport run, const std::string& name, bool compared) {
  if (!compared) {
    std::vector<perf::ChipView> all;
    if (Result<std::vector<std::string>> names = chips::names())
      for (const std::string& chip : *names)
        if (Result<perf::ChipView> view = chip_view(chip); view && chip != chips::kDefaultChip)
          all.push_back(*std::move(view));
    perf::compare_chips(run, all);
  }
  return write_whole(name, perf::report_html(run));
}

// For the chips it ran on, and those it is compared with.
void lint_run(perf::RunReport& run, const std::vector<perf::ChipView>& compared) {
  std::vector<const perf::ChipView*> chips = perf::chips_of_run(run, chip_of_launch);
  for (const perf::ChipView& chip : compared) chips.push_back(&chip);
  perf::lint(run, chips);
}

int write_reports(const perf::RunReport& run, const ProfOptions& options, const Wanted& wanted) {
  int code = 0;
  if (!options.json.empty()) code = write_json(options.json, run);
  if (!options.folded.empty() && code == 0) code = write_whole(options.folded, perf::folded_text(run));
  if (!options.trace.empty() && code == 0)
    code = write_whole(options.trace, perf::report_trace(run, options.trace.ends_with(".pftrace")));
  if (!options.html.empty() && code == 0) code = write_html(run, options.html, !wanted.compared.empty());
  if (!options.csv.empty() && code == 0) {
    const bool asked = !wanted.text.metrics.empty();
    code = write_text(options.csv, asked ? perf::metrics_csv(run, wanted.text) : perf::csv_text(run, wanted.csv));
  }
  if (!options.quiet && options.csv != "stderr") std::fputs(perf::report_text(run, wanted.text).c_str(), stderr);
  return code;
}

}  // namespace

int profile(const std::vector<std::string>& command, const ProfOptions& options) {
  if (command.empty())
    return fail(kMisuse, "prof needs a program: qiao prof [OPTIONS] -- APP ARGS (see qiao prof --help)");
  if (command[0].starts_with("-")) return fail(kMisuse, "prof has no option " + command[0] + " (see qiao prof --help)");
  Result<Wanted> wanted = wanted_by(options);
  if (!wanted) return fail(kMisuse, wanted.error().message);
  std::filesystem::path program;
  if (int code = set_environment(options.run)) return code;
  if (int code = prepare_program(command[0], program)) return code;
  Result<compile::TemporaryFolder> folder = compile::TemporaryFolder::create();
  if (!folder) return fail(kCannotRun, folder.error().message);
  set_profiling(folder->path(), options, *wanted);

  perf::RunReport run;
  run.version = QIAO_VERSION;
  run.command = command;
  run.start_unix_ns = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  const Clock::time_point start = Clock::now();
  std::vector<std::string> words = command;
  words[0] = program.string();
  Result<int> code = [&] {
    const Progress progress(folder->path(), options.progress);
    return compile::run_program(words);
  }();
  if (!code) return fail(kCannotRun, code.error().message);
  run.wall_ns = ns_since(start);
  run.exit_code = *code;
  perf::read_processes(folder->path().string(), wanted->filter, residency_of, run);
  perf::model_times(run, chip_of_launch);
  perf::compare_chips(run, wanted->compared);
  if (options.lint || !options.html.empty())
    lint_run(run, options.lint ? wanted->compared : std::vector<perf::ChipView>());
  const int written = write_reports(run, options, *wanted);
  return *code != 0 ? *code : written;
}

}  // namespace qiao::cli
