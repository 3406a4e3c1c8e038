#include "src/runtime/stream.h"

#include "src/runtime/capture.h"
#include "src/runtime/context.h"

namespace qiao::runtime {
namespace {

std::atomic<uint64_t> next_stream_id{1};

}  // namespace

bool StreamPoint::reached() const {
  return !stream || stream->completed() >= sequence;
}

void StreamPoint::wait() const {
  if (stream) stream->wait_for(sequence);
}

Stream::Stream(Context& context, Options options)
    : context_(context), options_(options), id_(next_stream_id.fetch_add(1, std::memory_order_relaxed)) {}

Stream::~Stream() {
  uint64_t last;
  {
    std::lock_guard lock(queue_mutex_);
    last = appended_;
  }
  wait_for(last);
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  if (!server_.joinable()) return;
  // The last reference can be dropped by work that the server itself runs.
  if (server_.get_id() == std::this_thread::get_id()) {
    server_.detach();
  } else {
    server_.join();
  }
}

void Stream::add_implicit_waits(std::vector<StreamPoint>& after) {
  if (options_.non_blocking) return;
  if (!options_.legacy) {
    StreamPoint legacy = context_.legacy_stream()->tail();
    if (!legacy.reached()) after.push_back(std::move(legacy));
    return;
  }
  context_.for_each_stream([&](const std::shared_ptr<Stream>& other) {
    if (other->options_.non_blocking || other.get() == this) return;
    StreamPoint point = other->tail();
    if (!point.reached()) after.push_back(std::move(point));
  });
}

uint64_t Stream::append(Work work, std::vector<StreamPoint> after) {
  uint64_t sequence;
  {
    std::lock_guard lock(queue_mutex_);
    sequence = ++appended_;
    queue_.push_back({std::move(work), std::move(after), sequence});
    if (!server_.joinable()) server_ = std::thread([this] { serve(); });
  }
  arrived_.notify_one();
  return sequence;
}

StreamPoint Stream::enqueue(Work work, std::vector<StreamPoint> after) {
  if (capturing()) refuse_uncaptured(*this);
  add_implicit_waits(after);
  return {shared_from_this(), append(std::move(work), std::move(after))};
}

void Stream::run_now(Work work) {
  if (capturing()) refuse_uncaptured(*this);
  std::vector<StreamPoint> after;
  add_implicit_waits(after);
  for (const StreamPoint& point : after) point.wait();
  std::unique_lock running(running_mutex_, std::try_to_lock);
  if (running) {
    std::unique_lock lock(queue_mutex_);
    if (queue_.empty()) {
      uint64_t sequence = ++appended_;
      lock.unlock();
      context_.run_work(work);
      completed_.store(sequence, std::memory_order_release);
      completed_.notify_all();
      return;
    }
    lock.unlock();
    running.unlock();
  }
  wait_for(append(std::move(work), {}));
}

StreamPoint Stream::tail() {
  std::lock_guard lock(queue_mutex_);
  return {shared_from_this(), appended_};
}

std::shared_ptr<Capture> Stream::capture() {
  std::lock_guard lock(queue_mutex_);
  return capture_;
}

void Stream::set_capture(std::shared_ptr<Capture> capture) {
  std::lock_guard lock(queue_mutex_);
  capture_ = std::move(capture);
  capturing_.store(capture_ != nullptr, std::memory_order_release);
}

// Runs the head of the queue, if there is one. `running` holds running_mutex_, so the order is kept.
void Stream::run_one(std::unique_lock<std::mutex>&) {
  Node node;
  {
    std::lock_guard lock(queue_mutex_);
    if (queue_.empty()) return;
    node = std::move(queue_.front());
    queue_.pop_front();
  }
  for (const StreamPoint& point : node.after) point.wait();
  node.after.clear();
  context_.run_work(node.work);
  node.work = nullptr;  // before completion is visible: it may hold the last reference to an object
  completed_.store(node.sequence, std::memory_order_release);
  completed_.notify_all();
}

void Stream::wait_for(uint64_t sequence) {
  while (completed() < sequence) {
    std::unique_lock running(running_mutex_, std::try_to_lock);
    if (running) {
      if (completed() < sequence) run_one(running);
      continue;
    }
    uint64_t seen = completed();
    if (seen < sequence) completed_.wait(seen, std::memory_order_acquire);
  }
}

void Stream::serve() {
  for (;;) {
    {
      std::unique_lock lock(queue_mutex_);
      arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_ && queue_.empty()) return;
    }
    std::unique_lock running(running_mutex_);
    run_one(running);
  }
}

}  // namespace qiao::runtime
