// The program's own SIGSEGV handler, set before or after the first kernel: faults of the host's code are the program's,
// faults of kernels are errors of the launch, and the handler the program has set is the one it is told of.
#include "check.h"

#include <csetjmp>
#include <csignal>

namespace {

sigjmp_buf back;
volatile sig_atomic_t caught = 0;

void on_fault(int) {
  ++caught;
  siglongjmp(back, 1);
}

void on_fault_info(int, siginfo_t*, void*) {
  ++caught;
  siglongjmp(back, 1);
}

__global__ void store(int* where) {
  *where = 1;
}

// Whether an access of the host's own ends in the program's handler.
bool host_fault_is_caught() {
  const int before = caught;
  if (sigsetjmp(back, 1) == 0) *reinterpret_cast<volatile int*>(16) = 1;
  return caught == before + 1;
}

void set_handler(bool info) {
  struct sigaction act = {};
  sigemptyset(&act.sa_mask);
  if (info) act.sa_sigaction = on_fault_info, act.sa_flags = SA_SIGINFO;
  if (!info) act.sa_handler = on_fault;
  check::expect_true(sigaction(SIGSEGV, &act, nullptr) == 0);
}

void run_a_kernel() {
  check::Buffer<int> buffer(1);
  store<<<1, 1>>>(buffer.get());
  check::must_launch();
}

}  // namespace

int main() {
  set_handler(false);
  run_a_kernel();
  check::expect_true(host_fault_is_caught());
  set_handler(true);  // after the first kernel
  struct sigaction told = {};
  check::expect_true(sigaction(SIGSEGV, nullptr, &told) == 0);
  check::expect_true(told.sa_sigaction == on_fault_info && (told.sa_flags & SA_SIGINFO) != 0);
  run_a_kernel();
  check::expect_true(host_fault_is_caught());
  check::expect_true(std::signal(SIGSEGV, on_fault) == reinterpret_cast<void (*)(int)>(on_fault_info));
  check::expect_true(host_fault_is_caught());
  const int before = caught;
  check::Buffer<char> buffer(1);
  store<<<1, 1>>>(reinterpret_cast<int*>(buffer.get() + (std::size_t{1} << 31)));  // far behind it: nothing is there
  const cudaError_t fault = cudaDeviceSynchronize();
  check::expect_true(fault == cudaErrorIllegalAddress);  // ends the context: the last thing to do
  check::expect_true(caught == before);
  return check::verdict("signal_handlers", check::wrong);
}
