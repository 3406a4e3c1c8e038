// Ends launches that run too long (`qiao run --watchdog SECONDS`). One thread waits for the earliest deadline and then
// interrupts the threads that run the launch's blocks: code without loops that look at anything has no other end.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "device_sim/machine/launch_state.h"

namespace qiao::machine {

class Watchdog {
 public:
  // Null unless QIAO_WATCHDOG holds a number of seconds.
  static Watchdog* instance();

  // A launch is watched for as long as this exists; a null watchdog watches nothing.
  class Watch {
   public:
    Watch(Watchdog* watchdog, LaunchState& launch);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Watchdog* watchdog_;
    LaunchState& launch_;
  };

  // This thread runs blocks of the launch for as long as this exists, and can be interrupted.
  class Runner {
   public:
    explicit Runner(LaunchState& launch);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

   private:
    LaunchState& launch_;
    bool was_blocked_ = false;
  };

 private:
  struct Watched {
    LaunchState* launch;
    uint64_t deadline_ns;
  };

  explicit Watchdog(double seconds);
  void run();
  uint64_t look();  // until when there is nothing to do; 0: for ever

  uint64_t limit_ns_;
  std::string text_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Watched> watched_;
};

}  // namespace qiao::machine
