// A stream: work in order, run by the stream's own thread or by a host thread that waits for it. A point in a stream is
// its sequence number: no object is made to wait for one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "src/base/result.h"

namespace qiao::runtime {

class Capture;
class Context;
class Stream;

// "Everything enqueued in `stream` up to and including `sequence`". An empty stream means nothing to wait for.
struct StreamPoint {
  std::shared_ptr<Stream> stream;
  uint64_t sequence = 0;

  bool reached() const;
  void wait() const;  // helps to run the stream's work
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  // A failed work item becomes the context's sticky error; what follows it is skipped.
  using Work = std::function<Result<void>()>;

  struct Options {
    bool non_blocking = false;  // does not synchronise with the legacy default stream
    bool legacy = false;        // is the legacy default stream
    int priority = 0;
  };

  Stream(Context& context, Options options);
  ~Stream();  // finishes the queued work first

  Context& context() const { return context_; }
  const Options& options() const { return options_; }
  uint64_t id() const { return id_; }

  // Appends work which also waits for `after`. Returns the point that is reached when the work is done. Adds the
  // implicit waits of the legacy default stream (CUDA runtime API, "Stream synchronization behavior").
  StreamPoint enqueue(Work work, std::vector<StreamPoint> after = {});
  // Runs `work` in the calling thread when nothing is pending before it, else enqueues it and waits.
  void run_now(Work work);

  StreamPoint tail();
  bool idle() { return tail().reached(); }
  void synchronize() { tail().wait(); }

  uint64_t completed() const { return completed_.load(std::memory_order_acquire); }
  void wait_for(uint64_t sequence);

  // The capture the stream takes part in (capture.h), null most of the time: its work becomes nodes of a graph.
  bool capturing() const { return capturing_.load(std::memory_order_acquire); }
  std::shared_ptr<Capture> capture();
  void set_capture(std::shared_ptr<Capture> capture);

 private:
  struct Node {
    Work work;
    std::vector<StreamPoint> after;
    uint64_t sequence;
  };

  void add_implicit_waits(std::vector<StreamPoint>& after);
  uint64_t append(Work work, std::vector<StreamPoint> after);
  void run_one(std::unique_lock<std::mutex>& running);
  void serve();

  Context& context_;
  const Options options_;
  const uint64_t id_;
  std::atomic<bool> capturing_{false};
  std::mutex queue_mutex_;  // guards queue_, appended_, stopping_, capture_
  std::shared_ptr<Capture> capture_;
  std::condition_variable arrived_;
  std::deque<Node> queue_;
  uint64_t appended_ = 0;
  bool stopping_ = false;
  std::mutex running_mutex_;  // held by the thread that runs the head of the queue
  std::atomic<uint64_t> completed_{0};
  std::thread server_;  // started with the first work that is not run at once
};

}  // namespace qiao::runtime
