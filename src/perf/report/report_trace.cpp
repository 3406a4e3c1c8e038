// A trace in the format of Chrome's trace events, which Perfetto reads. Two clocks, never on one track: what the chip
// would take, launches in their order one after another, and what the emulation took on this machine.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/perf/report/native_trace.h"
#include "src/perf/report/report.h"

namespace qiao::perf {
namespace {

using nlohmann::ordered_json;

constexpr int kHost = 1, kModelled = 100, kEmulated = 200;  // pids; plus the number of the process or device

double microseconds(uint64_t ns) {
  return static_cast<double>(ns) / 1e3;
}

struct Launch {
  const KernelReport* kernel;
  const LaunchReport* launch;
};

// In the order in which they began.
std::vector<Launch> launches_of(const ProcessReport& process) {
  std::vector<Launch> launches;
  for (const KernelReport& kernel : process.kernels)
    for (const LaunchReport& launch : kernel.launches) launches.push_back({&kernel, &launch});
  std::stable_sort(launches.begin(), launches.end(), [](const Launch& a, const Launch& b) {
    return a.launch->profile.start_ns < b.launch->profile.start_ns;
  });
  return launches;
}

class Trace {
 public:
  explicit Trace(const RunReport& run) : run_(run) {
    for (const ProcessReport& process : run.processes) start_ns_ = std::min(start_ns_, process.recording.start_ns);
  }

  ordered_json take() {
    for (size_t i = 0; i < run_.processes.size(); ++i) add_process(run_.processes[i], static_cast<int>(i));
    return std::move(events_);
  }

 private:
  void name(const char* what, int pid, int tid, const std::string& text) {
    events_.push_back({{"ph", "M"}, {"name", what}, {"pid", pid}, {"tid", tid}, {"args", {{"name", text}}}});
  }

  void add_process(const ProcessReport& process, int number) {
    const Recording& recording = process.recording;
    const std::string program = recording.command.empty() ? std::to_string(recording.pid) : recording.command[0];
    const int emulated = kEmulated + number, modelled = kModelled + number, host = kHost + number;
    name("process_name", host, 0, program + ": host (wall time)");
    name("process_name", modelled, 0, program + ": chip (modelled, no measurement)");
    name("process_name", emulated, 0, program + ": emulation (wall time)");
    name("thread_name", modelled, 1, "kernels, in their order");
    name("thread_name", emulated, 1, "kernels");
    name("thread_name", host, 1, "NVTX ranges around launches");
    double clock = 0;
    lanes_.clear();
    for (const Launch& one : launches_of(process)) {
      const int lane = lane_of(one);
      add_emulated(one, emulated, lane);
      add_range(one, host);
      clock = add_modelled(one, modelled, emulated, lane, clock);
    }
    end_range(host);
    if (clock > 0) counter(modelled, clock, "memory GB/s (modelled)", 0);
    if (clock > 0) counter(modelled, clock, "occupancy % (modelled)", 0);
  }

  ordered_json arguments(const Launch& one) const {
    const LaunchProfile& profile = one.launch->profile;
    ordered_json all{{"device", 0},
                     {"correlation", one.launch->number},
                     {"registers per thread", profile.registers},
                     {"shared memory", profile.static_shared_bytes + profile.dynamic_shared_bytes},
                     {"grid", profile.grid},
                     {"block", profile.block},
                     {"chip", profile.chip},
                     {"executor", profile.executor}};
    if (const auto value = value_of("occ.ctas_per_sm", one.launch->measured()))
      all["blocks per SM"] = static_cast<double>(value->number);
    return all;
  }

  double when(const Launch& one) const { return microseconds(one.launch->profile.start_ns - start_ns_); }

  // Launches of several streams overlap: slices of a track must not.
  int lane_of(const Launch& one) {
    const LaunchProfile& profile = one.launch->profile;
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (lanes_[i] > profile.start_ns) continue;
      lanes_[i] = profile.start_ns + profile.wall_ns;
      return static_cast<int>(i) + 1;
    }
    lanes_.push_back(profile.start_ns + profile.wall_ns);
    return static_cast<int>(lanes_.size());
  }

  void add_emulated(const Launch& one, int pid, int lane) {
    events_.push_back({{"ph", "X"},
                       {"cat", "emulation"},
                       {"name", one.kernel->name},
                       {"pid", pid},
                       {"tid", lane},
                       {"ts", when(one)},
                       {"dur", microseconds(one.launch->profile.wall_ns)},
                       {"args", arguments(one)}});
    if (one.launch->profile.failed)
      events_.push_back(
          {{"ph", "i"}, {"s", "t"}, {"name", "the launch failed"}, {"pid", pid}, {"tid", lane}, {"ts", when(one)}});
  }

  void counter(int pid, double at, const char* what, double value) {
    events_.push_back(
        {{"ph", "C"}, {"name", what}, {"pid", pid}, {"tid", 0}, {"ts", at}, {"args", {{"value", value}}}});
  }

  // A launch without a model takes no place on the chip's clock.
  double add_modelled(const Launch& one, int pid, int emulated, int lane, double clock) {
    if (!one.launch->time) return clock;
    const Estimate& time = *one.launch->time;
    ordered_json all = arguments(one);
    all["est. achieved occupancy %"] = time.occupancy_pct;
    all["time.bound_by"] = row_of(time.bound).name;
    all["time.lo_us"] = time.low_us;
    all["err_pct"] = time.error_pct;
    events_.push_back({{"ph", "X"},
                       {"cat", "kernel"},
                       {"name", one.kernel->name},
                       {"pid", pid},
                       {"tid", 1},
                       {"ts", clock},
                       {"dur", time.us},
                       {"args", std::move(all)}});
    const uint64_t id = ++flows_;
    events_.push_back({{"ph", "s"},
                       {"cat", "ac2g"},
                       {"name", "ac2g"},
                       {"id", id},
                       {"pid", emulated},
                       {"tid", lane},
                       {"ts", when(one)}});
    events_.push_back({{"ph", "f"},
                       {"bp", "e"},
                       {"cat", "ac2g"},
                       {"name", "ac2g"},
                       {"id", id},
                       {"pid", pid},
                       {"tid", 1},
                       {"ts", clock}});
    counter(pid, clock, "memory GB/s (modelled)", time.us > 0 ? time.traffic.dram_bytes / time.us / 1e3 : 0);
    counter(pid, clock, "occupancy % (modelled)", time.occupancy_pct);
    return clock + time.us;
  }

  // Consecutive launches of one range make one slice: slices of a track never overlap.
  void add_range(const Launch& one, int pid) {
    const double begin = when(one), end = begin + microseconds(one.launch->profile.wall_ns);
    if (one.launch->profile.range != range_) {
      range_end_ = std::min(range_end_, begin);
      end_range(pid);
    }
    if (range_.empty()) range_begin_ = begin;
    range_ = one.launch->profile.range;
    range_end_ = std::max(range_end_, end);
  }

  void end_range(int pid) {
    if (!range_.empty())
      events_.push_back({{"ph", "X"},
                         {"cat", "nvtx"},
                         {"name", range_},
                         {"pid", pid},
                         {"tid", 1},
                         {"ts", range_begin_},
                         {"dur", range_end_ - range_begin_}});
    range_.clear();
    range_end_ = 0;
  }

  const RunReport& run_;
  ordered_json events_ = ordered_json::array();
  uint64_t start_ns_ = ~uint64_t{0};
  uint64_t flows_ = 0;
  std::vector<uint64_t> lanes_;  // when each is free
  std::string range_;
  double range_begin_ = 0, range_end_ = 0;
};

ordered_json device_of(const ModelChip& chip, size_t id) {
  return {{"id", id},
          {"name", chip.about.title},
          {"totalGlobalMem", chip.about.memory.bytes},
          {"computeMajor", chip.about.compute_major},
          {"computeMinor", chip.about.compute_minor},
          {"numSms", chip.about.sm.count},
          {"maxThreadsPerBlock", chip.about.limits.threads_per_block},
          {"maxThreadsPerMultiprocessor", chip.about.sm.threads},
          {"warpSize", chip.about.warp.size}};
}

}  // namespace

std::string report_trace(const RunReport& run, bool native) {
  constexpr size_t kMostForJson = 200000;  // viewers that read JSON give up beyond
  ordered_json events = Trace(run).take();
  if (native || events.size() > kMostForJson) return native_trace(events);
  ordered_json devices = ordered_json::array();
  for (const ModelChip& chip : run.chips) devices.push_back(device_of(chip, devices.size()));
  ordered_json document{{"displayTimeUnit", "ns"},
                        {"deviceProperties", std::move(devices)},
                        {"metadata", {{"tool", "qiao prof " + run.version}, {"argv", run.command}}},
                        {"traceEvents", std::move(events)}};
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace qiao::perf
