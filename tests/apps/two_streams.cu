// Two streams that copy and compute, tied together by events: the second waits for the first in the middle, the first
// for the second at the end. Whole numbers; each order violation changes the result.
#include "check.h"

__global__ void affine(int* data, int factor, int term, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) data[i] = data[i] * factor + term;
}

__global__ void add(int* to, const int* from, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) to[i] += from[i];
}

int main(int argc, char** argv) {
  int count = check::size_argument(argc, argv, 4000), blocks = (count + 127) / 128;
  std::size_t bytes = count * sizeof(int);
  int *host_a, *host_b;
  check::must(cudaMallocHost(&host_a, bytes));
  check::must(cudaMallocHost(&host_b, bytes));
  for (int i = 0; i < count; ++i) host_a[i] = i, host_b[i] = 2 * i;
  check::Buffer<int> a(count), b(count);
  cudaStream_t first, second;
  cudaEvent_t start, a_ready, b_ready, stop;
  check::must(cudaStreamCreate(&first));
  check::must(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
  for (cudaEvent_t* event : {&start, &stop}) check::must(cudaEventCreate(event));
  for (cudaEvent_t* event : {&a_ready, &b_ready}) check::must(cudaEventCreateWithFlags(event, cudaEventDisableTiming));

  check::must(cudaEventRecord(start, first));
  check::must(cudaMemcpyAsync(a.get(), host_a, bytes, cudaMemcpyHostToDevice, first));
  check::must(cudaMemcpyAsync(b.get(), host_b, bytes, cudaMemcpyHostToDevice, second));
  affine<<<blocks, 128, 0, first>>>(a.get(), 3, 1, count);
  check::must(cudaEventRecord(a_ready, first));
  affine<<<blocks, 128, 0, second>>>(b.get(), 5, 2, count);
  check::must(cudaStreamWaitEvent(second, a_ready, 0));
  add<<<blocks, 128, 0, second>>>(b.get(), a.get(), count);
  check::must(cudaEventRecord(b_ready, second));
  check::must(cudaStreamWaitEvent(first, b_ready, 0));
  affine<<<blocks, 128, 0, first>>>(a.get(), 2, 0, count);
  add<<<blocks, 128, 0, first>>>(a.get(), b.get(), count);
  check::must(cudaMemcpyAsync(host_a, a.get(), bytes, cudaMemcpyDeviceToHost, first));
  check::must(cudaMemcpyAsync(host_b, b.get(), bytes, cudaMemcpyDeviceToHost, first));
  check::must(cudaEventRecord(stop, first));
  check::must(cudaEventSynchronize(stop));

  std::vector<int> got, want;
  for (int i = 0; i < count; ++i) {
    int at_event = 3 * i + 1, sum = 5 * (2 * i) + 2 + at_event;
    got.insert(got.end(), {host_a[i], host_b[i]});
    want.insert(want.end(), {2 * at_event + sum, sum});
  }
  long wrong = check::differences(got, want);
  float milliseconds = -1;
  check::must(cudaEventElapsedTime(&milliseconds, start, stop));
  if (!(milliseconds >= 0)) ++wrong, std::fprintf(stderr, "elapsed time: %g ms\n", milliseconds);
  if (cudaStreamQuery(first) != cudaSuccess || cudaEventQuery(stop) != cudaSuccess) {
    ++wrong, std::fprintf(stderr, "the stream or its last event is not done\n");
  }
  if (cudaEventElapsedTime(&milliseconds, a_ready, stop) != cudaErrorInvalidResourceHandle) {
    ++wrong, std::fprintf(stderr, "an event without timing gave a time\n");
  }
  for (cudaEvent_t event : {start, a_ready, b_ready, stop}) check::must(cudaEventDestroy(event));
  for (cudaStream_t stream : {first, second}) check::must(cudaStreamDestroy(stream));
  check::must(cudaFreeHost(host_a));
  check::must(cudaFreeHost(host_b));
  return check::verdict("two_streams", wrong);
}
