// Fibers: the one file which wraps context switching (Boost.Context) and tells ASan and TSan about it. A fiber belongs
// to the thread that resumes it first; leaving it for good runs no destructors of the frames on its stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qiao::machine {

// A stack with an inaccessible page below it.
struct FiberStack {
  char* low = nullptr;  // lowest usable byte
  size_t bytes = 0;

  bool guards(uint64_t address) const;  // whether an access at `address` ran off this stack
};

// Stacks of one worker, reused; grows by slabs and keeps them until it is destroyed.
class StackPool {
 public:
  static constexpr size_t kStackBytes = 256 * 1024;
  static constexpr size_t kRunStackBytes = 1024 * 1024;  // of the one fiber that runs whole blocks

  explicit StackPool(size_t stack_bytes = kStackBytes) : stack_bytes_(stack_bytes) {}
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  FiberStack take();  // low == nullptr when the host has no memory left
  void give(FiberStack stack) { free_.push_back(stack); }

 private:
  struct Slab {
    char* base;
    size_t bytes;
  };
  bool grow();

  std::vector<Slab> slabs_;
  std::vector<FiberStack> free_;
  size_t stack_bytes_;
  size_t next_slab_ = 4;
  int64_t guards_ = 0;
};

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  Fiber() = default;
  ~Fiber() { stop_tracking(); }
  Fiber(Fiber&& other) = delete;
  Fiber& operator=(Fiber&& other) = delete;

  // Arms the fiber; entry runs at the first resume, with denormals flushed or not. The stack stays the caller's.
  void start(FiberStack stack, Entry entry, void* argument, bool flush_denormals);
  // From outside: runs the fiber until it suspends, leaves or its entry returns. The caller's floating-point mode is
  // its own again afterwards.
  void resume();
  // From inside.
  void suspend();
  [[noreturn]] void leave();

  bool finished() const { return finished_; }
  bool started() const { return started_; }  // resumed since it was armed
  const FiberStack& stack() const { return stack_; }

 private:
  struct Switch;
  void stop_tracking();

  FiberStack stack_;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  void* context_ = nullptr;  // of the fiber while it is suspended
  void* caller_ = nullptr;   // of who resumed it while it runs
  bool finished_ = true;
  bool started_ = false;
  bool flush_denormals_ = false;
  // What the sanitizers want to be told; unused without them.
  void* fiber_fake_stack_ = nullptr;
  void* caller_fake_stack_ = nullptr;
  const void* caller_stack_ = nullptr;
  size_t caller_stack_bytes_ = 0;
  void* tsan_fiber_ = nullptr;
  void* tsan_caller_ = nullptr;
};

}  // namespace qiao::machine
