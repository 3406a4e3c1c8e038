#include "kernels/bench/host/clock.h"

#include <ctime>

namespace qiao::bench {
namespace {

clockid_t g_clock = CLOCK_MONOTONIC;

double read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

bool choose_clock(const std::string& name) {
  if (name != "wall" && name != "cpu") return false;
  g_clock = name == "cpu" ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
  return true;
}

double now() {
  return read(g_clock);
}

double wall_now() {
  return read(CLOCK_MONOTONIC);
}

}  // namespace qiao::bench
