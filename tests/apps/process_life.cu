// A process's life: a child that forks before CUDA is used has it to itself; one that forks after is told that it does
// not work there, and the parent goes on; CUDA_LAUNCH_BLOCKING makes launches wait; calls from atexit work; exiting
// with everything open is no error.
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace {

__global__ void spin(long long clocks, int* done) {
  const long long start = clock64();
  while (clock64() - start < clocks) {
  }
  *done = 1;
}

bool works() {
  int* data = nullptr;
  if (cudaMalloc(&data, sizeof(int)) != cudaSuccess) return false;
  spin<<<1, 1>>>(1, data);
  int done = 0;
  if (cudaMemcpy(&done, data, sizeof done, cudaMemcpyDeviceToHost) != cudaSuccess) return false;
  return cudaFree(data) == cudaSuccess && done == 1;
}

template <class Run>
bool in_child(Run run) {
  const pid_t process = fork();
  if (process == 0) _exit(run() ? 0 : 1);
  int status = 0;
  return waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool refused_everywhere() {
  int count = 0;
  void* data = nullptr;
  return cudaMalloc(&data, 4) == cudaErrorInitializationError &&
         cudaDeviceSynchronize() == cudaErrorInitializationError &&
         cudaGetDeviceCount(&count) == cudaErrorInitializationError;
}

// In a process of its own, because the variable is read once: whether the stream is idle when the launch returns.
bool launch_blocks() {
  setenv("CUDA_LAUNCH_BLOCKING", "1", 1);
  int* done = nullptr;
  cudaStream_t stream = nullptr;
  if (cudaMalloc(&done, sizeof(int)) != cudaSuccess || cudaStreamCreate(&stream) != cudaSuccess) return false;
  spin<<<1, 1, 0, stream>>>(200'000, done);
  return cudaStreamQuery(stream) == cudaSuccess;
}

void at_exit() {
  if (!works()) _exit(3);
}

}  // namespace

int main() {
  check::expect_true(in_child(works));
  check::expect_true(in_child(launch_blocks));
  check::expect_true(works());
  check::expect_true(in_child(refused_everywhere));
  check::expect_true(works());
  std::atexit(at_exit);
  static cudaStream_t left_open = nullptr;
  check::must(cudaStreamCreate(&left_open));
  return check::verdict("process_life", check::wrong);
}
