#include "src/perf/launch_profile.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

#include "src/base/environment.h"
#include "src/perf/launch_clock.h"
#include "src/perf/ranges.h"
#include "src/perf/record_file.h"

namespace qiao::perf {
namespace {

CountLevel level_of(const std::string& word) {
  if (word == "memory") return CountLevel::Memory;
  return word == "blocks" ? CountLevel::Blocks : CountLevel::None;
}

struct State {
  std::atomic<CountLevel> level = level_of(environment("QIAO_PROF").value_or("off"));
  std::atomic<bool> paused = environment("QIAO_PROF_PAUSED").value_or("0") != "0";
  std::atomic<bool> ever = level != CountLevel::None;
  std::mutex mutex;  // of what follows
  std::vector<LaunchProfile> kept;
  std::shared_ptr<const LaunchObserver> observer;
  std::shared_ptr<const LaunchObserver> clock;
};

// Never destroyed: programs launch and finish from atexit handlers.
State& state() {
  static auto* instance = new State;
  return *instance;
}

thread_local LaunchOrigin origin_in_force;

}  // namespace

LaunchOrigin launch_origin() {
  return {current_range(), !state().paused.load(std::memory_order_relaxed)};
}

OriginScope::OriginScope(const LaunchOrigin& origin) : before_(std::exchange(origin_in_force, origin)) {}

OriginScope::~OriginScope() {
  origin_in_force = before_;
}

bool profiling() {
  return state().ever.load(std::memory_order_relaxed);
}

CountLevel count_level() {
  const CountLevel level = state().level.load(std::memory_order_relaxed);
  return level != CountLevel::None && origin_in_force.counted ? level : CountLevel::None;
}

bool source_wanted() {
  static const bool wanted = environment("QIAO_PROF_SOURCE").value_or("0") != "0";
  return wanted;
}

void set_count_level(CountLevel level) {
  state().level = level;
  if (level != CountLevel::None) state().ever = true;
}

void pause_counting(bool paused) {
  state().paused = paused;
}

void record_profile(LaunchProfile&& launch) {
  launch.range = range_path(origin_in_force.range);
  State& all = state();
  RecordFile* file = RecordFile::of_process();
  if (file) file->append(launch);
  std::lock_guard lock(all.mutex);
  if (all.clock) (*all.clock)(launch);
  if (all.observer) (*all.observer)(launch);
  if (!file && !all.observer && !all.clock) all.kept.push_back(std::move(launch));
}

std::vector<LaunchProfile> take_profiles() {
  std::lock_guard lock(state().mutex);
  return std::exchange(state().kept, {});
}

void observe_launches(LaunchObserver observer) {
  std::lock_guard lock(state().mutex);
  state().observer = observer ? std::make_shared<const LaunchObserver>(std::move(observer)) : nullptr;
}

void set_launch_clock(LaunchObserver clock) {
  std::lock_guard lock(state().mutex);
  state().clock = std::make_shared<const LaunchObserver>(std::move(clock));
}

}  // namespace qiao::perf
