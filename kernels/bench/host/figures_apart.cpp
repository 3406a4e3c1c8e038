// What takes processes of their own: first launches, what checks cost, scaling over CPUs, memory.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "kernels/bench/host/figures.h"
#include "kernels/bench/host/process.h"
#include "kernels/bench/host/progress.h"

namespace qiao::bench {
namespace {

constexpr int kRepeats = 3;        // of each process; the best counts
constexpr double kSeconds = 0.25;  // at most, for each process that measures a rate

Result<double> number_of(const std::vector<std::string>& words, const Variables& variables) {
  Result<ChildOutput> output = run_child(words, variables);
  if (!output) return output.error();
  return std::atof(output->out.c_str());
}

// Best seconds of a run of `kernel` under each of two settings, in turns.
struct Setting {
  Variables variables;
  unsigned cpus = 1;
};
Result<std::pair<double, double>> compare(const CaseInfo& info, const std::string& clock, const std::string& build,
                                          Size size, double seconds, const Setting& first, const Setting& second) {
  double best[2] = {INFINITY, INFINITY};
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    int side = 0;
    for (const Setting* setting : {&first, &second}) {
      Result<double> time = number_of({clock, "rate", info.name, build, std::to_string(static_cast<int>(size)),
                                       std::to_string(seconds), std::to_string(setting->cpus)},
                                      setting->variables);
      if (!time) return time.error();
      best[side] = std::min(best[side], *time);
      ++side;
    }
  }
  return std::pair(best[0], best[1]);
}

std::string percent(double share) {
  const int tenths = static_cast<int>(std::lround(1000 * share));
  return std::to_string(tenths / 10) + "." + std::to_string(std::abs(tenths) % 10) + " %";
}

Figure measure_checks(const Options& options) {
  Figure figure{"checks", "checked accesses, mean cost", 0, "%", 5, false, "", ""};
  double product = 0, worst = -INFINITY;
  std::string where;
  for (const CaseInfo& info : all_cases()) {
    progress(std::string("checks, ") + info.name);
    const Size size = std::min(options.size, Size::Small);
    const auto times = compare(info, options.clock, options.compiler, size, std::min(options.seconds, kSeconds),
                               {{}, 1}, {{{"QIAO_UNCHECKED", "1"}}, 1});
    if (!times) return figure.failure = times.error().message, figure;
    const double cost = times->first / times->second;
    product += std::log(cost);
    if (cost > worst) worst = cost, where = info.name;
  }
  figure.value = 100 * (std::exp(product / static_cast<double>(all_cases().size())) - 1);
  figure.note = "most: " + where + ", " + percent(worst - 1);
  return figure;
}

Figure measure_cores(const Options& options) {
  Figure figure{"cores", "nbody on two CPUs, of one", 0, "x", 1.9, true, "", ""};
  if (usable_cpus() < 2) return figure.failure = "this process may use one CPU only", figure;
  progress("cores");
  const auto& cases = all_cases();
  const auto nbody =
      std::find_if(cases.begin(), cases.end(), [](const CaseInfo& info) { return info.name == std::string("nbody"); });
  const auto times = compare(*nbody, "wall", options.compiler, options.size, std::min(options.seconds, 4 * kSeconds),
                             {{{"QIAO_WORKERS", "1"}}, 1}, {{{"QIAO_WORKERS", "2"}}, 2});
  if (!times) return figure.failure = times.error().message, figure;
  figure.value = times->first / times->second;
  return figure;
}

Figure measure_memory(const Options& options) {
  Figure figure{"memory", "resident at most, beside the program's own", 0, "MB", 60,
                false,    "first launch of vecadd, compiled",           ""};
  TemporaryFolder cache;
  const Result<double> bytes =
      number_of({"wall", "memory", options.compiler}, {{"QIAO_CACHE_DIR", cache.path()}, {"QIAO_TIER", "auto"}});
  if (!bytes) return figure.failure = bytes.error().message, figure;
  figure.value = *bytes * 1e-6;
  return figure;
}

// "... kernel K runs in the executor 'lane', because warp: R"
void read_mode(const std::string& log, FirstLaunch& launch) {
  const std::string before = "runs in the executor '", behind = "', because ";
  const char* chosen = std::getenv("QIAO_EXECUTOR");
  launch.mode = chosen == nullptr ? "warp" : chosen;
  const std::size_t start = log.find(before), end = log.find(behind);
  if (start == std::string::npos || end == std::string::npos) return;
  launch.mode = log.substr(start + before.size(), end - start - before.size());
  launch.why = log.substr(end + behind.size(), log.find('\n', end) - end - behind.size());
}

FirstLaunch measure_first(const CaseInfo& info, const Options& options) {
  progress(std::string("first launch, ") + info.name);
  FirstLaunch launch;
  launch.kernel = info.name;
  launch.quick = launch.full = launch.cached = INFINITY;
  const std::vector<std::string> words = {options.clock, "first", info.name, options.compiler};
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    TemporaryFolder quick_cache, cache;
    struct Start {
      double& best;
      const char* tier;
      const TemporaryFolder& cache;
    };
    for (const Start& start : {Start{launch.quick, "quick", quick_cache}, Start{launch.full, "full", cache},
                               Start{launch.cached, "full", cache}}) {
      const Result<ChildOutput> output =
          run_child(words, {{"QIAO_CACHE_DIR", start.cache.path()}, {"QIAO_LOG", "info"}, {"QIAO_TIER", start.tier}});
      if (!output) return launch.failure = output.error().message, launch;
      start.best = std::min(start.best, std::atof(output->out.c_str()));
      if (&start.best == &launch.full) read_mode(output->err, launch);
    }
  }
  return launch;
}

Figure summary(const char* what, std::vector<std::pair<double, std::string>> times, double target) {
  Figure figure{"jit", what, 0, "ms", target, false, "", ""};
  std::sort(times.begin(), times.end());
  figure.value = times[times.size() / 2].first * 1e3;
  figure.note = "most: " + times.back().second + ", " + std::to_string(std::lround(times.back().first * 1e3)) + " ms";
  return figure;
}

}  // namespace

const std::vector<FigureGroup>& figure_groups() {
  static const std::vector<FigureGroup> kGroups = {
      {"barrier", "a barrier of 256 threads"},
      {"launch", "empty launches and blocks"},
      {"jit", "first launches, compiled and from the disk cache"},
      {"checks", "what checking accesses costs (QIAO_UNCHECKED)"},
      {"cores", "two CPUs of one"},
      {"memory", "memory beside the program's own"},
  };
  return kGroups;
}

std::vector<Figure> measure_apart(const Options& options) {
  std::vector<Figure> figures;
  if (options.wants("checks")) figures.push_back(measure_checks(options));
  if (options.wants("cores")) figures.push_back(measure_cores(options));
  if (options.wants("memory")) figures.push_back(measure_memory(options));
  return figures;
}

std::vector<FirstLaunch> measure_first_launches(const Options& options) {
  std::vector<FirstLaunch> launches;
  for (const CaseInfo& info : all_cases()) {
    if (options.wants(info.name) || options.wants("jit")) launches.push_back(measure_first(info, options));
  }
  return launches;
}

std::vector<Figure> summarize(const std::vector<FirstLaunch>& launches) {
  std::vector<Figure> figures;
  const auto add = [&](const char* what, double FirstLaunch::* time, double target) {
    std::vector<std::pair<double, std::string>> times;
    for (const FirstLaunch& launch : launches) {
      if (launch.failure.empty()) times.emplace_back(launch.*time, launch.kernel);
    }
    if (!times.empty()) figures.push_back(summary(what, times, target));
  };
  add("first launch in the quick tier, median", &FirstLaunch::quick, 5);
  add("first launch, compiled in full, median", &FirstLaunch::full, 20);
  add("first launch from the disk cache, median", &FirstLaunch::cached, 1);
  return figures;
}

}  // namespace qiao::bench
