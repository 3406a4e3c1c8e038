// The watchdog's thread, and the registers of launches and of the threads that run them.
#include "device_sim/machine/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "device_sim/machine/fault_handler.h"
#include "device_sim/machine/host_clock.h"
#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::machine {
namespace {

constexpr uint64_t kAgainNs = 1'000'000;       // between two interrupts of one launch
constexpr uint64_t kAnywhereNs = 300'000'000;  // after the deadline: no longer only where the kernel's own code runs
constexpr double kLongest = 365.0 * 24 * 60 * 60;  // seconds

}  // namespace

Watchdog* Watchdog::instance() {
  static const double kSeconds = [] {
    const auto text = environment("QIAO_WATCHDOG");
    if (!text) return 0.0;
    char* end = nullptr;
    const double seconds = std::strtod(text->c_str(), &end);
    if (end != text->c_str() && *end == 0 && seconds > 0 && seconds <= kLongest) return seconds;
    log::warn("invalid QIAO_WATCHDOG '" + *text + "', expected a number of seconds; ignored");
    return 0.0;
  }();
  if (kSeconds == 0) return nullptr;
  static std::mutex mutex;
  static Watchdog* made = nullptr;
  static pid_t process = 0;
  std::lock_guard lock(mutex);
  if (process != getpid()) {  // the thread of the first is not in a child after fork
    made = new Watchdog(kSeconds);
    process = getpid();
  }
  return made;
}

Watchdog::Watchdog(double seconds) : limit_ns_(static_cast<uint64_t>(seconds * 1e9)) {
  std::string number = std::to_string(seconds);
  number.erase(std::max(number.find_last_not_of('0') + 1, number.find('.') + 2));
  text_ = "the kernel ran longer than the watchdog's " + number + " seconds";
  claim_interrupt_signal();
  std::thread([this] { run(); }).detach();
}

Watchdog::Watch::Watch(Watchdog* watchdog, LaunchState& launch) : watchdog_(watchdog), launch_(launch) {
  if (!watchdog_) return;
  launch_.overtime_text = watchdog_->text_.c_str();
  {
    std::lock_guard lock(watchdog_->mutex_);
    watchdog_->watched_.push_back({&launch_, host_ns() + watchdog_->limit_ns_});
  }
  watchdog_->news_.notify_one();
}

Watchdog::Watch::~Watch() {
  if (!watchdog_) return;
  std::lock_guard lock(watchdog_->mutex_);
  std::erase_if(watchdog_->watched_, [this](const Watched& one) { return one.launch == &launch_; });
}

Watchdog::Runner::Runner(LaunchState& launch) : launch_(launch) {
  if (!launch_.overtime_text) return;
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, kInterruptSignal);
  pthread_sigmask(SIG_UNBLOCK, &ours, &before);
  was_blocked_ = sigismember(&before, kInterruptSignal) == 1;
  std::lock_guard lock(launch_.runners_mutex);
  launch_.runners.push_back(pthread_self());
}

Watchdog::Runner::~Runner() {
  if (!launch_.overtime_text) return;
  {
    std::lock_guard lock(launch_.runners_mutex);
    std::erase_if(launch_.runners, [](pthread_t thread) { return pthread_equal(thread, pthread_self()) != 0; });
  }
  if (!was_blocked_) return;
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, kInterruptSignal);
  pthread_sigmask(SIG_BLOCK, &ours, nullptr);
}

uint64_t Watchdog::look() {
  const uint64_t now = host_ns();
  uint64_t next = 0;
  for (const Watched& one : watched_) {
    uint64_t when = one.deadline_ns;
    if (now >= one.deadline_ns) {
      const bool anywhere = now - one.deadline_ns >= kAnywhereNs;
      one.launch->overtime.store(anywhere ? Overtime::Anywhere : Overtime::InKernel, std::memory_order_release);
      std::lock_guard lock(one.launch->runners_mutex);
      for (const pthread_t runner : one.launch->runners) pthread_kill(runner, kInterruptSignal);
      when = now + kAgainNs;
    }
    next = next == 0 ? when : std::min(next, when);
  }
  return next;
}

void Watchdog::run() {
  pthread_setname_np(pthread_self(), "qiao-watchdog");
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(mutex_);
  for (;;) {
    const uint64_t until = look();
    if (until == 0) {
      news_.wait(lock);
      continue;
    }
    const uint64_t now = host_ns();
    if (until > now) news_.wait_for(lock, std::chrono::nanoseconds(until - now));
  }
}

}  // namespace qiao::machine
