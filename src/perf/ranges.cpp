#include "src/perf/ranges.h"

#include <algorithm>
#include <ctime>
#include <deque>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "src/perf/record_file.h"

namespace qiao::perf {
namespace {

struct Open {
  uint32_t range = 0;
  uint64_t since_ns = 0;
  const void* domain = nullptr;
};

struct Paths {
  std::mutex mutex;
  std::map<std::pair<uint32_t, std::string>, uint32_t> numbers;
  std::deque<std::string> paths{""};  // by number
  std::map<uint64_t, Open> started;
  uint64_t next = 1;
};

// Never destroyed: programs end ranges from atexit handlers.
Paths& paths() {
  static auto* instance = new Paths;
  return *instance;
}

thread_local std::vector<Open> open_ranges;

int open_in(const void* domain) {
  return static_cast<int>(
      std::count_if(open_ranges.begin(), open_ranges.end(), [&](const Open& range) { return range.domain == domain; }));
}

uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

void add_time(const Open& range) {
  if (RecordFile* file = RecordFile::of_process()) file->add_range(range_path(range.range), now_ns() - range.since_ns);
}

}  // namespace

uint32_t range_below(uint32_t parent, const std::string& name) {
  Paths& all = paths();
  std::lock_guard lock(all.mutex);
  auto [place, is_new] = all.numbers.try_emplace({parent, name}, static_cast<uint32_t>(all.paths.size()));
  if (is_new) all.paths.push_back(parent == 0 ? name : all.paths[parent] + "/" + name);
  return place->second;
}

std::string range_path(uint32_t range) {
  if (range == 0) return {};
  std::lock_guard lock(paths().mutex);
  return paths().paths[range];
}

uint32_t current_range() {
  return open_ranges.empty() ? 0 : open_ranges.back().range;
}

int push_range(const std::string& name, const void* domain) {
  const int around = open_in(domain);
  open_ranges.push_back({range_below(current_range(), name), now_ns(), domain});
  return around;
}

int pop_range(const void* domain) {
  const auto last =
      std::find_if(open_ranges.rbegin(), open_ranges.rend(), [&](const Open& range) { return range.domain == domain; });
  if (last == open_ranges.rend()) return -1;
  add_time(*last);
  open_ranges.erase(std::prev(last.base()));
  return open_in(domain);
}

uint64_t start_range(const std::string& name) {
  const uint32_t range = range_below(0, name);
  std::lock_guard lock(paths().mutex);
  paths().started[paths().next] = {range, now_ns(), nullptr};
  return paths().next++;
}

void end_range(uint64_t started) {
  Open range;
  {
    std::lock_guard lock(paths().mutex);
    auto found = paths().started.find(started);
    if (found == paths().started.end()) return;
    range = found->second;
    paths().started.erase(found);
  }
  add_time(range);
}

void mark_range(const std::string& name) {
  if (RecordFile* file = RecordFile::of_process()) file->add_range(range_path(range_below(current_range(), name)), 0);
}

}  // namespace qiao::perf
