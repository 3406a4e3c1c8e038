#include "src/runtime/host_thread.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace qiao::runtime {
namespace {

// Never destroyed, as programs enqueue from atexit handlers.
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

void run_host_function(std::function<void()> function) {
  HostThread::instance().run(std::move(function));
}

}  // namespace qiao::runtime
