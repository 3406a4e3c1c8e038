// An event: a point in a stream, remembered, and the host's monotonic clock when it was reached.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "src/base/result.h"
#include "src/runtime/ipc.h"
#include "src/runtime/stream.h"

namespace qiao::runtime {

struct CapturedPoint;

class Event : public std::enable_shared_from_this<Event> {
 public:
  struct Options {
    bool timing = true;
    bool blocking_sync = false;
    std::shared_ptr<IpcEvent> interprocess = nullptr;  // the state it shares with other processes
  };

  Event(Context& context, Options options) : context_(context), options_(options) {}

  Context& context() const { return context_; }
  const Options& options() const { return options_; }

  // Gives the point it records, which also waits for `after`.
  StreamPoint record(Stream& stream, std::vector<StreamPoint> after = {});
  StreamPoint point() const;  // of the newest record; empty when never recorded
  // What it was recorded as in a stream that was capturing (capture.h); null when its newest record is a real one.
  std::shared_ptr<const CapturedPoint> captured() const;
  void set_captured(std::shared_ptr<const CapturedPoint> captured);
  bool reached() const { return options_.interprocess ? options_.interprocess->reached() : point().reached(); }
  Result<void> synchronize() const;

  // Milliseconds from `start` to this event. InvalidHandle: not recorded or made without timing; NotReady: not reached.
  Result<float> elapsed_since(const Event& start) const;

 private:
  Context& context_;
  const Options options_;
  mutable std::mutex mutex_;
  StreamPoint point_;
  std::shared_ptr<const CapturedPoint> captured_;
  uint64_t generation_ = 0;
  int64_t nanoseconds_ = 0;
};

}  // namespace qiao::runtime
