// How much time of this thread the steps of a piece of work take, as one line for the log: "emit 0.310 ms, ...".
// Does nothing where QIAO_LOG is above debug.
#pragma once

#include <ctime>

#include <cstdint>
#include <string>

#include "src/base/log.h"

namespace qiao {

class Phases {
 public:
  // Ends a step: what has passed since the one before, or since this was made.
  void done(const char* step) {
    if (!on_) return;
    const uint64_t now = thread_ns();
    text_ += (text_.empty() ? "" : ", ") + std::string(step) + " " + milliseconds(now - last_) + " ms";
    last_ = now;
  }
  // Says what `what` took, step by step.
  void report(const std::string& what) const {
    if (on_) log::debug(what + ": " + text_);
  }

 private:
  static uint64_t thread_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
  }
  static std::string milliseconds(uint64_t ns) {
    const std::string rest = std::to_string(ns / 1000 % 1000);
    return std::to_string(ns / 1000000) + "." + std::string(3 - rest.size(), '0') + rest;
  }

  bool on_ = log::enabled(log::Level::Debug);
  uint64_t last_ = thread_ns();
  std::string text_;
};

}  // namespace qiao
