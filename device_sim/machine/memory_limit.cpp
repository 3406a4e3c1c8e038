// How much device memory this process may offer: the chip's, the host's, the cgroup's (v1 and v2) and QIAO_MEMORY.
#include "device_sim/machine/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

#include "device_sim/machine/spill.h"
#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::machine {
namespace {

constexpr uint64_t kNoLimit = ~uint64_t{0};
constexpr uint64_t kChunk = uint64_t{2} << 20;

uint64_t read_limit(const std::string& path) {
  std::ifstream file(path);
  uint64_t bytes = 0;
  return file >> bytes && bytes > 0 ? bytes : kNoLimit;  // "max" does not parse: no limit
}

// A limit may be set on any ancestor of the process's cgroup, so the whole path is walked up.
uint64_t lowest_on_path(const std::string& root, std::string path, const char* name) {
  uint64_t lowest = read_limit(root + "/" + name);
  while (path.size() > 1) {
    lowest = std::min(lowest, read_limit(root + path + "/" + name));
    path.resize(path.find_last_of('/'));
  }
  return lowest;
}

uint64_t cgroup_limit() {
  std::ifstream file("/proc/self/cgroup");
  uint64_t lowest = kNoLimit;
  for (std::string line; std::getline(file, line);) {  // hierarchy:controllers:path
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) lowest = std::min(lowest, lowest_on_path("/sys/fs/cgroup", path, "memory.max"));
    if (controllers == "memory")
      lowest = std::min(lowest, lowest_on_path("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
  }
  return lowest;
}

}  // namespace

std::optional<uint64_t> parse_bytes(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !(value > 0)) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  unsigned shift = 0;
  if (!unit.empty()) {
    const size_t index = std::string_view("kmgt").find(static_cast<char>(unit[0] | 0x20));
    if (index == std::string_view::npos && unit != "B") return std::nullopt;
    if (index != std::string_view::npos) {
      shift = 10 * static_cast<unsigned>(index + 1);
      unit.remove_prefix(1);
    }
    if (!unit.empty() && unit != "B" && unit != "b" && unit != "iB" && unit != "ib") return std::nullopt;
  }
  const double bytes = value * static_cast<double>(uint64_t{1} << shift);
  if (bytes < 1 || bytes > 1e18) return std::nullopt;
  return static_cast<uint64_t>(bytes);
}

uint64_t host_memory_limit() {
  const auto host = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return std::max((std::min(host, cgroup_limit()) / 5 * 4 + spill_bytes()) / kChunk * kChunk, kChunk);
}

uint64_t device_memory_limit(uint64_t chip_bytes, uint64_t devices) {
  uint64_t limit = std::min(chip_bytes, host_memory_limit() / devices);
  if (const auto text = environment("QIAO_MEMORY")) {
    const auto bytes = parse_bytes(*text);
    if (!bytes) log::warn("invalid QIAO_MEMORY '" + *text + "', expected a size such as 8G or 512M; ignored");
    if (bytes) limit = std::min(limit, *bytes);
  }
  return std::max(limit / kChunk * kChunk, kChunk);
}

}  // namespace qiao::machine
