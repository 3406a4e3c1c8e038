#include "src/perf/launch_profile.h"

#include <mutex>
#include <utility>

#include "src/base/environment.h"

namespace qiao::perf {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<LaunchProfile> launches;
};

// Never destroyed: programs launch and finish from atexit handlers.
Registry& registry() {
  static auto* instance = new Registry;
  return *instance;
}

}  // namespace

CountLevel count_level() {
  static const CountLevel level = [] {
    const std::string word = environment("QIAO_PROF").value_or("off");
    if (word == "memory") return CountLevel::Memory;
    return word == "blocks" ? CountLevel::Blocks : CountLevel::None;
  }();
  return level;
}

bool source_wanted() {
  static const bool wanted = environment("QIAO_PROF_SOURCE").value_or("0") != "0";
  return wanted;
}

void record_profile(LaunchProfile&& launch) {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  all.launches.push_back(std::move(launch));
}

std::vector<LaunchProfile> take_profiles() {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  return std::exchange(all.launches, {});
}

}  // namespace qiao::perf
