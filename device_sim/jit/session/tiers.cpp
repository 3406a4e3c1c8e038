// The background thread is made at the first job. It belongs to its process: a fork leaves it, and what waits for it,
// behind.
#include "device_sim/jit/session/tiers.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::jit {
namespace {

// PTX instructions of all functions of a kernel. Below, full code is there in 10 to 30 ms.
constexpr uint64_t kLongKernel = 200;
constexpr int kNice = 10;  // where there is one CPU, the program gets nine tenths of it

class Background {
 public:
  // Never destroyed: the thread may be in it.
  static Background* get(bool make) {
    if (Background* known = instance_.load(std::memory_order_acquire); known || !make) return known;
    static std::mutex* const kMaking = new std::mutex;
    std::lock_guard lock(*kMaking);
    if (Background* known = instance_.load(std::memory_order_acquire)) return known;
    static const int kForks = pthread_atfork(nullptr, nullptr, [] { instance_.store(nullptr); });
    static const int kExits = std::atexit([] {
      if (Background* background = get(false)) background->end();
    });
    (void)kForks, (void)kExits;
    Background* made = std::make_unique<Background>().release();
    instance_.store(made, std::memory_order_release);
    return made;
  }

  void add(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    if (ending_) return;
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    jobs_.push_back(std::move(job));
    changed_.notify_all();
  }

  void await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return jobs_.empty() && !busy_; });
  }

 private:
  void work() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // the program's signals are for its own threads
    setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return ending_ || !jobs_.empty(); });
      if (ending_) return;
      std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      busy_ = true;
      lock.unlock();
      job();
      job = nullptr;  // what it holds goes before anybody hears that it is done
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  void end() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
      jobs_.clear();
      changed_.notify_all();
    }
    if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) thread_.join();
  }

  inline static std::atomic<Background*> instance_{nullptr};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool busy_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace

TierChoice tier_choice() {
  const std::string name = environment("QIAO_TIER").value_or("auto");
  if (name == "quick") return TierChoice::Quick;
  if (name == "full") return TierChoice::Full;
  if (name != "auto") log::warn_once("tier", "invalid QIAO_TIER '" + name + "', expected auto, quick or full; ignored");
  return TierChoice::Auto;
}

bool takes_long(const machine::KernelImage& kernel) {
  uint64_t instructions = 0;
  for (const auto& [index, layout] : kernel.layout.functions) {
    instructions += kernel.module->functions[index].body.size();
  }
  return instructions >= kLongKernel;
}

Compilations& compilations() {
  static auto* const kCompilations = new Compilations;
  return *kCompilations;
}

void compile_in_background(std::function<void()> job) {
  Background::get(true)->add(std::move(job));
}

void await_background() {
  if (Background* background = Background::get(false)) background->await();
}

}  // namespace qiao::jit
