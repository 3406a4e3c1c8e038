// Worker threads: placed with hwloc (this file is the only door to it), spinning for a moment before they sleep.
#include "device_sim/machine/worker_pool.h"

#include <hwloc.h>
#include <unistd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>
#include <vector>

#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::machine {
namespace {

constexpr int kSpins = 1000;  // some ten microseconds: a following launch finds the workers awake

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `value` is no longer `old`.
void await_change(const std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause_briefly();
  }
  value.wait(old, std::memory_order_acquire);
}

uint32_t usable_cpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<uint32_t>(std::max(CPU_COUNT(&set), 1));
  return std::max(std::thread::hardware_concurrency(), 1u);  // more CPUs than cpu_set_t holds
}

uint32_t wanted_workers() {
  if (const auto text = environment("QIAO_WORKERS")) {
    uint32_t count = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (error == std::errc{} && end == text->data() + text->size() && count >= 1 && count <= 4096) return count;
    log::warn("invalid QIAO_WORKERS '" + *text + "', expected a number from 1 to 4096; ignored");
  }
  return usable_cpus();
}

std::atomic<unsigned> g_process{0};  // counts forks on the way to this process

unsigned process_generation() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { g_process.fetch_add(1); });
  (void)registered;
  return g_process.load();
}

// The CPUs each worker may use: one L3 cache (or NUMA node) of the process's CPUs, spread over cores before their
// hyperthreads. A worker is not tied to one CPU: the launching threads float, and the host has other work.
class Places {
 public:
  Places() {
    if (access("/sys/devices/system/cpu", F_OK) != 0) return;  // hwloc would print a line and find nothing
    if (hwloc_topology_init(&topology_) != 0) return;
    hwloc_topology_set_all_types_filter(topology_, HWLOC_TYPE_FILTER_KEEP_NONE);
    for (const hwloc_obj_type_t type : {HWLOC_OBJ_CORE, HWLOC_OBJ_L3CACHE})
      hwloc_topology_set_type_filter(topology_, type, HWLOC_TYPE_FILTER_KEEP_ALL);
    loaded_ = hwloc_topology_load(topology_) == 0;
    mask_ = hwloc_bitmap_alloc();
    if (!loaded_ || hwloc_get_cpubind(topology_, mask_, HWLOC_CPUBIND_THREAD) != 0) return;
    order_cpus();
  }
  ~Places() {
    hwloc_bitmap_free(mask_);
    if (topology_) hwloc_topology_destroy(topology_);
  }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  void bind_this_thread(uint32_t worker) const {
    if (worker >= cpus_.size()) return;
    hwloc_obj_t place = hwloc_get_ancestor_obj_by_type(topology_, HWLOC_OBJ_L3CACHE, cpus_[worker]);
    if (!place || !place->cpuset) return;
    hwloc_bitmap_t allowed = hwloc_bitmap_dup(place->cpuset);
    hwloc_bitmap_and(allowed, allowed, mask_);
    hwloc_set_cpubind(topology_, allowed, HWLOC_CPUBIND_THREAD);
    hwloc_bitmap_free(allowed);
  }

 private:
  void order_cpus() {
    std::vector<std::pair<unsigned, hwloc_obj_t>> ranked;  // (which hyperthread of its core, cpu)
    for (hwloc_obj_t cpu = nullptr; (cpu = hwloc_get_next_obj_by_type(topology_, HWLOC_OBJ_PU, cpu));)
      if (hwloc_bitmap_isset(mask_, cpu->os_index)) ranked.emplace_back(cpu->sibling_rank, cpu);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [rank, cpu] : ranked) cpus_.push_back(cpu);
  }

  hwloc_topology_t topology_ = nullptr;
  hwloc_bitmap_t mask_ = nullptr;
  bool loaded_ = false;
  std::vector<hwloc_obj_t> cpus_;
};

}  // namespace

// The threads of one process and the launches they may join.
class WorkerPool::Crew {
 public:
  Crew(uint32_t threads, WorkspacePool& workspaces) : workspaces_(workspaces) {
    if (threads == 0) return;
    places_ = std::make_unique<Places>();
    for (uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { work(i + 1); });
  }
  ~Crew() {
    ending_.store(true, std::memory_order_release);
    announce();
    for (std::thread& thread : threads_) thread.join();
  }

  void share(LaunchState& launch, Workspace& workspace) {
    Job job{&launch};
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(&job);
    }
    announce();
    workspace.run(launch);
    withdraw(job);
  }

 private:
  struct Job {
    LaunchState* launch;
    uint32_t helpers = 0;  // guarded by mutex_
  };

  void announce() {
    news_.fetch_add(1, std::memory_order_release);
    news_.notify_all();
  }

  // No one joins any more; returns when those who joined are through.
  void withdraw(Job& job) {
    std::unique_lock lock(mutex_);
    jobs_.erase(std::find(jobs_.begin(), jobs_.end(), &job));
    while (job.helpers != 0) {
      const uint32_t seen = departures_.load(std::memory_order_acquire);
      lock.unlock();
      await_change(departures_, seen);
      lock.lock();
    }
  }

  Job* join_any() {
    std::lock_guard lock(mutex_);
    Job* chosen = nullptr;
    for (Job* job : jobs_) {
      const LaunchState& launch = *job->launch;
      if (launch.stop.load(std::memory_order_relaxed) || launch.next.load(std::memory_order_relaxed) >= launch.blocks)
        continue;
      if (!chosen || launch.priority < chosen->launch->priority) chosen = job;
    }
    if (chosen) ++chosen->helpers;
    return chosen;
  }

  void depart(Job& job) {
    {
      std::lock_guard lock(mutex_);
      --job.helpers;
      departures_.fetch_add(1, std::memory_order_release);
    }
    departures_.notify_all();
  }

  void work(uint32_t index) {
    pthread_setname_np(pthread_self(), "qiao-worker");
    places_->bind_this_thread(index);
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // the program's signals are for its own threads
    std::unique_ptr<Workspace> workspace = workspaces_.take();
    while (!ending_.load(std::memory_order_acquire)) {
      const uint32_t seen = news_.load(std::memory_order_acquire);
      if (Job* job = join_any()) {
        workspace->run(*job->launch);
        depart(*job);
      } else if (!ending_.load(std::memory_order_acquire)) {
        await_change(news_, seen);
      }
    }
    workspaces_.give(std::move(workspace));
  }

  WorkspacePool& workspaces_;
  std::unique_ptr<Places> places_;
  std::mutex mutex_;
  std::vector<Job*> jobs_;
  std::atomic<uint32_t> news_{0};
  std::atomic<uint32_t> departures_{0};
  std::atomic<bool> ending_{false};
  std::vector<std::thread> threads_;
};

WorkerPool::WorkerPool() : workers_(wanted_workers()) {
  process_generation();
}

WorkerPool::~WorkerPool() {
  // In a child after fork the threads do not exist, and neither they nor their locks can be waited for.
  if (crew_ && crew_process_ != process_generation()) (void)crew_.release();
}

WorkerPool::Crew& WorkerPool::crew() {
  std::lock_guard lock(crew_mutex_);
  if (crew_ && crew_process_ != process_generation()) (void)crew_.release();
  if (!crew_) {
    crew_process_ = process_generation();
    crew_ = std::make_unique<Crew>(workers_ - 1, workspaces_);
  }
  return *crew_;
}

void WorkerPool::run(LaunchState& launch, bool alone) {
  std::unique_ptr<Workspace> workspace = workspaces_.take();
  if (alone || workers_ == 1 || launch.blocks <= launch.grain) {
    workspace->run(launch);
  } else {
    crew().share(launch, *workspace);
  }
  workspaces_.give(std::move(workspace));
}

}  // namespace qiao::machine
