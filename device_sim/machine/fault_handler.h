// SIGSEGV and SIGBUS inside kernel code become the launch's fault (design D10); all others go to whoever handled them
// before.
#pragma once

namespace qiao::machine {

// Makes our handler the current one and remembers the one it replaces. The first kernel does this; whoever sets a handler
// later takes the signals over, until this is called again.
void claim_fault_signals();

// Claims the signals (once per process) and gives this thread an alternate signal stack if it has none. Cheap after
// the first call of a thread.
void prepare_thread_for_faults();

}  // namespace qiao::machine
