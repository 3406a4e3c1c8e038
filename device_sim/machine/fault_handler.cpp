// SIGSEGV and SIGBUS: a fault of kernel code is recorded, and the faulting fiber is left from a small emergency stack
// (its own may have overflowed); no destructor runs in compiled code.
#include "device_sim/machine/fault_handler.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdint>
#include <mutex>

#include "device_sim/machine/arena.h"
#include "device_sim/machine/block_state.h"
#include "device_sim/machine/kernel_thread.h"
#include "device_sim/machine/shared_chunks.h"

namespace qiao::machine {
namespace {

// What a signal of ours was handled by before. Under `qiao run` the preload library keeps the program's sigaction away
// from it, and this points at what the program has set since.
struct Previous {
  struct sigaction kept = {};
  const struct sigaction* action = &kept;
};
Previous g_previous_segv, g_previous_bus, g_previous_interrupt;

// shim/divert/signals.c, where it is in the process.
using ClaimSignal = const struct sigaction* (*)(int signal, const struct sigaction* ours);
const ClaimSignal g_claim = reinterpret_cast<ClaimSignal>(dlsym(RTLD_DEFAULT, "qiao_claim_signal"));

[[noreturn]] void leave_faulting_fiber() {
  kernel_thread().running->current().fiber.leave();
}

// When the handler returns, the thread goes on in leave_faulting_fiber on the emergency stack.
void redirect(ucontext_t* state, char* stack_top) {
  const auto stack = reinterpret_cast<uintptr_t>(stack_top) & ~uintptr_t{15};
#if defined(__x86_64__)
  state->uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(stack - 8);  // as after a call
  state->uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(&leave_faulting_fiber);
#elif defined(__aarch64__)
  state->uc_mcontext.sp = stack;
  state->uc_mcontext.pc = reinterpret_cast<uintptr_t>(&leave_faulting_fiber);
#endif
}

uint64_t pc_of(const ucontext_t* state) {
#if defined(__x86_64__)
  return static_cast<uint64_t>(state->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return state->uc_mcontext.pc;
#endif
}

void hand_on(int signal, siginfo_t* info, void* state) {
  const struct sigaction& previous = *(signal == SIGSEGV ? g_previous_segv : g_previous_bus).action;
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, state);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    struct sigaction fatal = {};
    fatal.sa_handler = SIG_DFL;
    if (g_claim != nullptr) g_claim(signal, &fatal);
    if (g_claim == nullptr) sigaction(signal, &fatal, nullptr);  // the access is repeated and ends the process
  }
}

void on_fault(int signal, siginfo_t* info, void* state) {
  if (info->si_code > 0 && wait_for_replacement(reinterpret_cast<uint64_t>(info->si_addr))) return;
  BlockState* block = kernel_thread().running;
  if (!block || info->si_code <= 0) return hand_on(signal, info, state);  // not ours, or sent by kill()
  const auto address = reinterpret_cast<uint64_t>(info->si_addr);
  LaunchState& launch = block->launch();
  if (block->current().fiber.stack().guards(address)) {
    launch.record_fault(Code::LaunchFailed, address, kNoSite, kNoLane, block->context,
                        "the thread's stack overflowed (deep recursion or large local variables)");
  } else {
    const Code code = signal == SIGBUS && info->si_code == BUS_ADRALN ? Code::MisalignedAddress : Code::IllegalAddress;
    const uint64_t pc = pc_of(static_cast<const ucontext_t*>(state));
    const bool in_kernel = launch.code->contains(pc);
    launch.record_fault(code, address, in_kernel ? kNoSite : kernel_thread().site, kNoLane, block->context, "",
                        in_kernel ? pc : 0);
  }
  redirect(static_cast<ucontext_t*>(state), kernel_thread().emergency_stack);
}

// The watchdog's. A fiber is only left where it runs the kernel's compiled code, which owns nothing: in the machine's
// own functions it may hold a lock. They see the fault when they look whether the launch is being stopped.
void on_interrupt(int signal, siginfo_t* info, void* state) {
  BlockState* block = kernel_thread().running;
  const Overtime overtime = block ? block->launch().overtime.load(std::memory_order_acquire) : Overtime::No;
  if (overtime == Overtime::No) {
    const struct sigaction& previous = *g_previous_interrupt.action;
    if (previous.sa_flags & SA_SIGINFO) return previous.sa_sigaction(signal, info, state);
    if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) previous.sa_handler(signal);
    return;
  }
  LaunchState& launch = block->launch();
  const uint64_t pc = pc_of(static_cast<ucontext_t*>(state));
  const bool in_kernel = launch.code->contains(pc);
  if (!in_kernel && overtime != Overtime::Anywhere) return;
  launch.record_fault(Code::LaunchTimeout, 0, kNoSite, kNoLane, block->context, launch.overtime_text,
                      in_kernel ? pc : 0);
  if (in_kernel) redirect(static_cast<ucontext_t*>(state), kernel_thread().emergency_stack);
}

using Handler = void (*)(int, siginfo_t*, void*);

void claim(int signal, Previous& previous, Handler handler, int flags) {
  struct sigaction ours = {};
  ours.sa_sigaction = handler;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
  sigemptyset(&ours.sa_mask);
  if (g_claim != nullptr) {
    if (const struct sigaction* program = g_claim(signal, &ours)) previous.action = program;
    return;
  }
  struct sigaction current = {};
  sigaction(signal, nullptr, &current);
  if ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == handler) return;
  previous.kept = current;
  sigaction(signal, &ours, nullptr);
}

// The thread's alternate signal stack; one that the program has set up is used as it is.
class SignalStack {
 public:
  SignalStack() {
    stack_t current = {};
    if (sigaltstack(nullptr, &current) == 0 && !(current.ss_flags & SS_DISABLE)) return;
    memory_ = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) {
      memory_ = nullptr;
      return;
    }
    stack_t mine = {};
    mine.ss_sp = memory_;
    mine.ss_size = kBytes;
    sigaltstack(&mine, nullptr);
  }
  ~SignalStack() {
    if (!memory_) return;
    stack_t current = {};
    sigaltstack(nullptr, &current);
    if (current.ss_sp == memory_) {
      stack_t none = {};
      none.ss_flags = SS_DISABLE;
      sigaltstack(&none, nullptr);
    }
    munmap(memory_, kBytes);
  }

 private:
  static constexpr size_t kBytes = 64 * 1024;
  void* memory_ = nullptr;
};

}  // namespace

void claim_fault_signals() {
  claim(SIGSEGV, g_previous_segv, on_fault, 0);
  claim(SIGBUS, g_previous_bus, on_fault, 0);
}

void claim_interrupt_signal() {
  claim(kInterruptSignal, g_previous_interrupt, on_interrupt, SA_RESTART);
}

void prepare_thread_for_faults() {
  static std::once_flag installed;
  std::call_once(installed, claim_fault_signals);
  static thread_local SignalStack stack;
  (void)stack;
}

}  // namespace qiao::machine
