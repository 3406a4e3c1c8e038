// Memory and events between processes: a child, made before CUDA is used, reads what the parent wrote after an event of
// the parent's, writes its answer and records an event of its own; then it ends without a word, and handles of it are
// refused.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

__global__ void add(int* to, int value, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) to[i] += value;
}

namespace {

using check::must;
constexpr int kCount = 10000;

struct Handles {
  cudaIpcMemHandle_t large, small;
  cudaIpcEventHandle_t written;
};
struct Answer {
  cudaIpcEventHandle_t added;
  cudaIpcMemHandle_t own;
};

template <class T>
void send(int pipe, const T& what) {
  if (write(pipe, &what, sizeof what) != static_cast<ssize_t>(sizeof what)) std::exit(2);
}
template <class T>
T receive(int pipe) {
  T what;
  if (read(pipe, &what, sizeof what) != static_cast<ssize_t>(sizeof what)) std::exit(2);
  return what;
}

void launch(int* to, int value) {
  add<<<(kCount + 255) / 256, 256>>>(to, value, kCount);
  must(cudaGetLastError());
}

int child(int from, int to) {
  const Handles handles = receive<Handles>(from);
  int *large, *again, *small, *own;
  cudaEvent_t written, added;
  must(cudaIpcOpenMemHandle(reinterpret_cast<void**>(&large), handles.large, cudaIpcMemLazyEnablePeerAccess));
  must(cudaIpcOpenMemHandle(reinterpret_cast<void**>(&again), handles.large, cudaIpcMemLazyEnablePeerAccess));
  must(cudaIpcOpenMemHandle(reinterpret_cast<void**>(&small), handles.small, cudaIpcMemLazyEnablePeerAccess));
  if (large != again) return 3;
  must(cudaIpcOpenEventHandle(&written, handles.written));
  must(cudaEventCreateWithFlags(&added, cudaEventDisableTiming | cudaEventInterprocess));
  Answer answer;
  must(cudaIpcGetEventHandle(&answer.added, added));
  must(cudaMalloc(&own, 1000));
  must(cudaIpcGetMemHandle(&answer.own, own));
  must(cudaStreamWaitEvent(nullptr, written, 0));
  launch(large, 100);
  launch(small, 1000);
  must(cudaEventRecord(added, nullptr));
  send(to, answer);
  receive<char>(from);  // the parent has the event open
  must(cudaIpcCloseMemHandle(again));
  launch(large, 10000);  // still open once
  must(cudaDeviceSynchronize());
  must(cudaIpcCloseMemHandle(large));
  must(cudaIpcCloseMemHandle(small));
  if (cudaIpcCloseMemHandle(small) != cudaErrorInvalidValue) return 4;
  return 0;
}

long parent(int from, int to, pid_t process) {
  int *large, *small;
  cudaEvent_t written, added;
  Handles handles;
  std::vector<int> first(kCount, 7), want(kCount, 7 + 1 + 100 + 10000), got(kCount);
  must(cudaMalloc(&large, 8 << 20));
  must(cudaMalloc(&small, kCount * sizeof(int)));
  must(cudaMemcpy(large, first.data(), kCount * sizeof(int), cudaMemcpyHostToDevice));  // before there is a handle
  must(cudaMemset(small, 0, kCount * sizeof(int)));
  must(cudaEventCreateWithFlags(&written, cudaEventDisableTiming | cudaEventInterprocess));
  must(cudaIpcGetMemHandle(&handles.large, large));
  must(cudaIpcGetMemHandle(&handles.small, small));
  must(cudaIpcGetEventHandle(&handles.written, written));
  launch(large, 1);
  launch(small, 2);
  must(cudaEventRecord(written, nullptr));
  send(to, handles);
  const Answer answer = receive<Answer>(from);
  must(cudaIpcOpenEventHandle(&added, answer.added));
  must(cudaEventSynchronize(added));
  must(cudaMemcpy(got.data(), small, kCount * sizeof(int), cudaMemcpyDeviceToHost));
  long wrong = check::differences(got, std::vector<int>(kCount, 1002));
  send(to, 'x');
  int status = 0;
  waitpid(process, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) ++wrong, std::fprintf(stderr, "child: status %d\n", status);
  must(cudaMemcpy(got.data(), large, kCount * sizeof(int), cudaMemcpyDeviceToHost));
  wrong += check::differences(got, want);
  void* gone = nullptr;
  if (cudaIpcOpenMemHandle(&gone, answer.own, cudaIpcMemLazyEnablePeerAccess) == cudaSuccess)
    ++wrong, std::fprintf(stderr, "memory of a process that has ended was opened\n");
  must(cudaEventDestroy(added));
  must(cudaEventDestroy(written));
  must(cudaFree(large));
  must(cudaFree(small));
  return wrong;
}

}  // namespace

int main() {
  int down[2], up[2];
  if (pipe(down) != 0 || pipe(up) != 0) return 2;
  const pid_t process = fork();
  if (process == 0) return child(down[0], up[1]);
  close(up[1]);
  return check::verdict("processes", parent(up[0], down[1], process));
}
