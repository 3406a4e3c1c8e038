#include "src/perf/report/report.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>

#include "src/perf/demangle.h"

namespace qiao::perf {
namespace {

void add_time(TimeTotals& time, uint64_t ns) {
  time.min_ns = time.count == 0 ? ns : std::min(time.min_ns, ns);
  time.max_ns = std::max(time.max_ns, ns);
  time.count += 1;
  time.ns += ns;
}

}  // namespace

void add_instruction(InstructionProfile& to, const InstructionProfile& from) {
  to.warps += from.warps;
  to.threads += from.threads;
  to.threads_on += from.threads_on;
  to.diverged += from.diverged;
  to.requests += from.requests;
  to.sectors += from.sectors;
  to.ideal_sectors += from.ideal_sectors;
  to.wavefronts += from.wavefronts;
  to.ideal_wavefronts += from.ideal_wavefronts;
}

namespace {

// Puts launches where they belong, as they come out of the log.
class Collector {
 public:
  Collector(ProcessReport& process, LaunchFilter& filter, const ResidencyOf& residency)
      : process_(process), filter_(filter), residency_(residency) {}

  void take(LaunchProfile&& launch) {
    const uint64_t number = seen_++;
    if (filter_.range && !std::regex_search(launch.range, *filter_.range)) return;
    auto [place, is_new] = places_.try_emplace(launch.kernel, kHidden);
    if (is_new && shown(launch.kernel)) place->second = add_kernel(launch.kernel);
    if (place->second == kHidden) return;
    if (filter_.skip > 0) {
      --filter_.skip;
      return;
    }
    if (filter_.count == 0) return;
    --filter_.count;
    add_launch(place->second, number, std::move(launch));
  }

  // The totals of what the log had no room for.
  void take_totals() {
    for (const RecordedKernel& recorded : process_.recording.kernels) {
      if (!shown(recorded.name)) continue;
      auto [place, is_new] = places_.try_emplace(recorded.name, kHidden);
      if (place->second == kHidden) place->second = add_kernel(recorded.name);
      KernelReport& kernel = process_.kernels[place->second];
      kernel.dropped = recorded.time.count - std::min<uint64_t>(recorded.time.count, kernel.launches.size());
      kernel.time = recorded.time;
      kernel.total.counters = recorded.counters;
      kernel.total.has_warps = recorded.without_warps == 0;
      kernel.total.level = recorded.lowest_level;
    }
  }

 private:
  static constexpr size_t kHidden = ~size_t{0};

  bool shown(const std::string& kernel) const {
    return !filter_.kernel || std::regex_search(demangled_signature(kernel), *filter_.kernel) ||
           std::regex_search(kernel, *filter_.kernel);
  }

  size_t add_kernel(const std::string& mangled) {
    KernelReport& kernel = process_.kernels.emplace_back();
    kernel.mangled = mangled;
    kernel.name = demangled_signature(mangled);
    lines_.emplace_back();
    return process_.kernels.size() - 1;
  }

  void add_launch(size_t place, uint64_t number, LaunchProfile&& launch) {
    KernelReport& kernel = process_.kernels[place];
    for (const InstructionProfile& instruction : launch.source) add_source(place, instruction);
    launch.source.clear();
    launch.source.shrink_to_fit();
    const bool first = kernel.launches.empty();
    LaunchReport& made = kernel.launches.emplace_back();
    made.number = number;
    made.facts = facts_of(launch, residency_(launch));
    made.profile = std::move(launch);
    add_time(kernel.time, made.profile.wall_ns);
    kernel.total.counters.merge(made.profile.counters);
    kernel.total.level = first ? made.profile.level : std::min(kernel.total.level, made.profile.level);
    kernel.total.has_warps = made.profile.has_warps && (first || kernel.total.has_warps);
    if (first)
      kernel.total.facts = made.facts;
    else
      kernel.total.facts.agree_with(made.facts);
  }

  void add_source(size_t place, const InstructionProfile& instruction) {
    std::vector<InstructionProfile>& source = process_.kernels[place].source;
    auto [line, is_new] =
        lines_[place].try_emplace({instruction.function, instruction.ptx_line, instruction.text}, source.size());
    if (is_new)
      source.push_back(instruction);
    else
      add_instruction(source[line->second], instruction);
  }

  ProcessReport& process_;
  LaunchFilter& filter_;
  const ResidencyOf& residency_;
  uint64_t seen_ = 0;
  std::map<std::string, size_t> places_;
  std::vector<std::map<std::tuple<std::string, uint32_t, std::string>, size_t>> lines_;
};

std::string who(const Recording& recording) {
  return "process " + std::to_string(recording.pid) +
         (recording.command.empty() ? "" : " (" + recording.command[0] + ")");
}

void warn(const ProcessReport& process, const LaunchFilter& filter, std::vector<std::string>& warnings) {
  const Recording& recording = process.recording;
  if (recording.torn) warnings.push_back(who(recording) + ": its record breaks off: what came later is missing");
  if (!recording.ended)
    warnings.push_back(who(recording) + " did not end by exit (killed, crashed or replaced): all launches that had " +
                       "finished are here");
  if (recording.dropped == 0) return;
  std::string text = who(recording) + ": the record had no room for " + std::to_string(recording.dropped) + " of " +
                     std::to_string(recording.launches) + " launches (--record-limit): ";
  warnings.push_back(text + (filter.by_kernel_alone() ? "they are in the totals of their kernels, not one by one"
                                                      : "with these filters they are missing altogether"));
}

}  // namespace

Result<ProcessReport> read_process(const std::string& record, LaunchFilter filter, const ResidencyOf& residency) {
  ProcessReport process;
  const bool whole = filter.by_kernel_alone();
  Collector collector(process, filter, residency);
  Result<Recording> recording =
      read_recording(record, [&](LaunchProfile&& launch) { collector.take(std::move(launch)); });
  if (!recording) return recording.error();
  process.recording = *std::move(recording);
  if (whole && process.recording.dropped > 0) collector.take_totals();
  for (KernelReport& kernel : process.kernels) kernel.pid = process.recording.pid;
  std::erase_if(process.kernels, [](const KernelReport& kernel) { return kernel.time.count == 0; });
  return process;
}

void read_processes(const std::string& folder, const LaunchFilter& filter, const ResidencyOf& residency,
                    RunReport& run) {
  std::error_code failed;
  std::vector<std::filesystem::path> records;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".qprof") records.push_back(entry.path());
  for (const std::filesystem::path& record : records) {
    Result<ProcessReport> process = read_process(record.string(), filter, residency);
    if (process)
      run.processes.push_back(*std::move(process));
    else
      run.warnings.push_back(process.error().message);
  }
  std::sort(run.processes.begin(), run.processes.end(),
            [](const ProcessReport& a, const ProcessReport& b) { return a.recording.start_ns < b.recording.start_ns; });
  for (const ProcessReport& process : run.processes) warn(process, filter, run.warnings);
}

MetricRange range_of(const KernelReport& kernel, const MetricInfo& metric) {
  MetricRange range;
  long double sum = 0;
  for (const LaunchReport& launch : kernel.launches) {
    const std::optional<Value> value = value_of(metric, launch.measured(), &range.why);
    if (!value) continue;
    if (!range.least || value->number < range.least->number) range.least = value;
    if (!range.most || value->number > range.most->number) range.most = value;
    sum += value->number;
    ++range.launches;
  }
  if (range.launches == 0) return range;
  Value mean;
  mean.number = sum / range.launches;
  mean.whole = range.most->whole && range.least->number == range.most->number;
  range.mean = mean;
  return range;
}

std::vector<const KernelReport*> by_time(const RunReport& run) {
  std::vector<const KernelReport*> kernels;
  for (const ProcessReport& process : run.processes)
    for (const KernelReport& kernel : process.kernels) kernels.push_back(&kernel);
  std::stable_sort(kernels.begin(), kernels.end(),
                   [](const KernelReport* a, const KernelReport* b) { return a->time.ns > b->time.ns; });
  return kernels;
}

}  // namespace qiao::perf
