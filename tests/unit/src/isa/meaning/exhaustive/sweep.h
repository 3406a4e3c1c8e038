// Sweeps over many inputs: how dense (QIAO_SWEEP=all: every one, the long suite; else a sample), on all processors, and
// the lines which a sweep reports.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

namespace qiao::isa {

inline bool sweeps_everything() {
  const char* wanted = std::getenv("QIAO_SWEEP");
  return wanted != nullptr && std::string_view(wanted) == "all";
}

// Calls part(begin, end) for pieces of [0, count), on every processor.
inline void sweep_in_parallel(uint64_t count, const std::function<void(uint64_t, uint64_t)>& part) {
  constexpr uint64_t kPiece = uint64_t{1} << 14;
  std::atomic<uint64_t> next{0};
  const auto work = [&] {
    for (uint64_t begin; (begin = next.fetch_add(kPiece)) < count;) {
      part(begin, std::min(begin + kPiece, count));
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < std::thread::hardware_concurrency(); ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace qiao::isa
