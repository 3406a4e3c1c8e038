// SIGSEGV and SIGBUS inside kernel code become the launch's fault (design D10); all others go to whoever handled them
// before.
#pragma once

#include <signal.h>

namespace qiao::machine {

// Makes our handler the current one and remembers the one it replaces. The first kernel does this; whoever sets a
// handler later takes the signals over, until this is called again.
void claim_fault_signals();

// What the watchdog sends to threads that run a launch for too long. Nothing happens by default when it is sent to a
// process, and few programs use it.
inline constexpr int kInterruptSignal = SIGURG;
void claim_interrupt_signal();

// Claims the signals (once per process) and gives this thread an alternate signal stack if it has none. Cheap after
// the first call of a thread.
void prepare_thread_for_faults();

}  // namespace qiao::machine
