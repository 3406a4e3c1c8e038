// What a host thread is doing for the machine right now; read by the fault handler.
#pragma once

#include <cstdint>

#include "device_sim/machine/faults.h"

namespace qiao::machine {

class BlockState;

struct KernelThread {
  BlockState* running = nullptr;    // the block whose fiber runs on this thread
  char* emergency_stack = nullptr;  // top of a small stack on which a faulting fiber is left
  uint32_t site = kNoSite;          // the access being made, where an executor in C++ says so
};

// Initial-exec, so that the signal handler can read it without the loader allocating.
inline thread_local KernelThread kernel_thread_state __attribute__((tls_model("initial-exec")));
inline KernelThread& kernel_thread() {
  return kernel_thread_state;
}

}  // namespace qiao::machine
