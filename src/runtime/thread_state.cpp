#include "src/runtime/thread_state.h"

#include <unistd.h>

#include "src/runtime/platform.h"
#include "src/runtime/registration.h"

namespace qiao::runtime {

namespace {

// A thread's state goes with it, but for the main thread's: that one's atexit handlers run after what it holds as
// thread-local is gone, and may call CUDA.
struct Owned {
  std::unique_ptr<ThreadState> state = std::make_unique<ThreadState>();
  ThreadState*& current;

  explicit Owned(ThreadState*& where) : current(where) { current = state.get(); }
  ~Owned() {
    if (gettid() == getpid()) {
      (void)state.release();
    } else {
      current = nullptr;
    }
  }
};

}  // namespace

ThreadState& ThreadState::current() {
  static thread_local ThreadState* current = nullptr;
  if (current == nullptr) [[unlikely]] {
    static thread_local Owned owned(current);
    if (current == nullptr) current = std::make_unique<ThreadState>().release();  // while the thread ends
  }
  return *current;
}

Result<std::shared_ptr<Context>> current_context() {
  if (Result<void> usable = check_process(); !usable) return usable.error();
  ThreadState& state = ThreadState::current();
  if (state.contexts.empty() || !state.contexts.back()) {
    return invalid(Code::InvalidContext, "no context is current in this thread");
  }
  if (state.contexts.back()->destroyed()) return invalid(Code::ContextIsDestroyed, "the current context is destroyed");
  return state.contexts.back();
}

Result<std::shared_ptr<Context>> runtime_context() {
  if (Result<void> usable = check_process(); !usable) return usable.error();
  ThreadState& state = ThreadState::current();
  if (!state.contexts.empty() && state.contexts.back()) {
    const std::shared_ptr<Context>& top = state.contexts.back();
    if (!top->destroyed()) return top;
    // After cudaDeviceReset any thread's next call makes the primary context anew; a created one is gone for good.
    if (!top->primary()) return invalid(Code::ContextIsDestroyed, "the current context is destroyed");
    state.device = top->device().ordinal();
  }
  Result<Platform*> platform = Platform::get();
  if (!platform) return platform.error();
  Result<Device*> device = (*platform)->device(state.device);
  if (!device) return device.error();
  std::shared_ptr<Context> context = (*device)->primary_context();
  if (loads_eagerly()) {
    if (Result<void> done = Registered::instance().load_all(*context); !done) return done.error();
  }
  if (state.contexts.empty()) {
    state.contexts.push_back(context);
  } else {
    state.contexts.back() = context;
  }
  return context;
}

}  // namespace qiao::runtime
