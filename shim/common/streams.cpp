#include "shim/common/streams.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "shim/common/events.h"
#include "src/runtime/pools.h"

namespace qiao::shim {
namespace {

// The thread that runs host functions, one after another; never destroyed, as programs enqueue from atexit handlers.
class HostThread {
 public:
  static HostThread& instance() {
    static auto* thread = new HostThread;
    return *thread;
  }

  void run(std::function<void()> function) {
    std::promise<void> finished;
    {
      std::lock_guard lock(mutex_);
      queue_.push_back([&] {
        function();
        finished.set_value();
      });
    }
    arrived_.notify_one();
    finished.get_future().wait();
  }

 private:
  HostThread() {
    std::thread([this] { serve(); }).detach();
  }

  void serve() {
    for (;;) {
      std::function<void()> next;
      {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return !queue_.empty(); });
        next = std::move(queue_.front());
        queue_.pop_front();
      }
      next();
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> queue_;
};

}  // namespace

Result<void*> create_stream(runtime::Context& context, unsigned flags, int priority) {
  if ((flags & ~kStreamNonBlocking) != 0) return invalid(Code::InvalidValue, "stream flags are not known");
  runtime::Stream::Options options{
      .non_blocking = (flags & kStreamNonBlocking) != 0, .legacy = false, .priority = priority};
  return static_cast<void*>(context.create_stream(options).get());
}

Result<void> synchronize_stream(runtime::Stream& stream) {
  stream.synchronize();
  runtime::after_synchronization();
  return sticky(stream.context());
}

Result<void> query_stream(runtime::Stream& stream) {
  if (!stream.idle()) return Error{Code::NotReady, "stream still has work"};
  return sticky(stream.context());
}

Result<void> wait_event(runtime::Stream& stream, const void* event) {
  Result<std::shared_ptr<runtime::Event>> found = event_of(event);
  if (!found) return found.error();
  runtime::StreamPoint point = (*found)->point();
  if (!point.reached()) stream.enqueue([]() -> Result<void> { return {}; }, {std::move(point)});
  return {};
}

void enqueue_host_function(runtime::Stream& stream, std::function<void()> function) {
  stream.enqueue([function = std::move(function)]() -> Result<void> {
    HostThread::instance().run(function);
    return {};
  });
}

}  // namespace qiao::shim
