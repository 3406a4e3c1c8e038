#include "src/runtime/thread_state.h"

#include "src/runtime/platform.h"

namespace qiao::runtime {

ThreadState& ThreadState::current() {
  static thread_local ThreadState state;
  return state;
}

Result<std::shared_ptr<Context>> current_context() {
  ThreadState& state = ThreadState::current();
  if (state.contexts.empty() || !state.contexts.back()) {
    return invalid(Code::InvalidContext, "no context is current in this thread");
  }
  return state.contexts.back();
}

Result<std::shared_ptr<Context>> runtime_context() {
  ThreadState& state = ThreadState::current();
  if (!state.contexts.empty() && state.contexts.back()) return state.contexts.back();
  Result<Platform*> platform = Platform::get();
  if (!platform) return platform.error();
  Result<Device*> device = (*platform)->device(state.device);
  if (!device) return device.error();
  std::shared_ptr<Context> context = (*device)->primary_context();
  if (state.contexts.empty()) {
    state.contexts.push_back(context);
  } else {
    state.contexts.back() = context;
  }
  return context;
}

}  // namespace qiao::runtime
