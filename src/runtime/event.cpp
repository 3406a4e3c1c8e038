#include "src/runtime/event.h"

#include <chrono>

#include "src/runtime/modelled_clock.h"

namespace qiao::runtime {

StreamPoint Event::record(Stream& stream, std::vector<StreamPoint> after) {
  uint64_t generation;
  {
    std::lock_guard lock(mutex_);
    generation = ++generation_;
    captured_ = nullptr;
  }
  const uint64_t shared_record = options_.interprocess ? options_.interprocess->record() : 0;
  Stream::Work stamp = [self = shared_from_this(), generation, shared_record]() -> Result<void> {
    if (shared_record != 0) self->options_.interprocess->reach(shared_record);
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    const int64_t wall = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    std::lock_guard lock(self->mutex_);
    if (self->generation_ == generation) self->nanoseconds_ = modelled_events() ? modelled_ns() : wall;
    return {};
  };
  StreamPoint point = stream.enqueue(std::move(stamp), std::move(after));
  std::lock_guard lock(mutex_);
  if (generation_ == generation) point_ = point;
  return point;
}

std::shared_ptr<const CapturedPoint> Event::captured() const {
  std::lock_guard lock(mutex_);
  return captured_;
}

void Event::set_captured(std::shared_ptr<const CapturedPoint> captured) {
  std::lock_guard lock(mutex_);
  ++generation_;
  captured_ = std::move(captured);
}

Result<void> Event::synchronize() const {
  point().wait();  // helps, where it is this process's record
  if (!options_.interprocess) return {};
  return options_.interprocess->wait(options_.interprocess->recorded());
}

StreamPoint Event::point() const {
  std::lock_guard lock(mutex_);
  return point_;
}

Result<float> Event::elapsed_since(const Event& start) const {
  if (!options_.timing || !start.options_.timing)
    return invalid(Code::InvalidHandle, "event was created without timing");
  StreamPoint first = start.point();
  StreamPoint second = point();
  if (!first.stream || !second.stream) return invalid(Code::InvalidHandle, "event was never recorded");
  if (!first.reached() || !second.reached()) return Error{Code::NotReady, "event has not been reached yet"};
  int64_t begin;
  {
    std::lock_guard lock(start.mutex_);
    begin = start.nanoseconds_;
  }
  std::lock_guard lock(mutex_);
  return static_cast<float>(static_cast<double>(nanoseconds_ - begin) * 1e-6);
}

}  // namespace qiao::runtime
