// Everything at once: 8 host threads with 8 streams each launch kernels and graphs, allocate from the stream-ordered
// pool, copy, record events and wait for those of other streams. Each stream counts what it was given to add; at the
// end nothing may be missing, and the memory is as free as before. The argument: how many launches in all (CI takes
// few, the long suite 100000).
#include "check.h"

#include <array>
#include <atomic>
#include <thread>

namespace {

constexpr int kThreads = 8, kStreams = 8, kLanes = 32, kGraphKernels = 3;

std::atomic<long> failures{0};
std::atomic<long> launches{0};

void must_here(cudaError_t status, int line = __builtin_LINE()) {
  if (status == cudaSuccess) return;
  if (failures++ < 5) std::fprintf(stderr, "line %d: %s\n", line, cudaGetErrorName(status));
}

__global__ void add(unsigned* counters, unsigned value) {
  counters[threadIdx.x] += value;
}

__global__ void fill(unsigned* scratch, unsigned value) {
  scratch[threadIdx.x] = value;
}

__global__ void add_from(unsigned* counters, const unsigned* scratch) {
  counters[threadIdx.x] += scratch[threadIdx.x];
}

struct Lane {
  cudaStream_t stream = nullptr;
  cudaEvent_t event = nullptr;
  unsigned* counters = nullptr;
  cudaGraphExec_t graph = nullptr;
  unsigned expected = 0;
};

cudaGraphExec_t make_graph(cudaStream_t stream, unsigned* counters) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t made = nullptr;
  must_here(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  for (int i = 0; i < kGraphKernels; ++i) add<<<1, kLanes, 0, stream>>>(counters, 1);
  must_here(cudaStreamEndCapture(stream, &graph));
  must_here(cudaGraphInstantiate(&made, graph, 0));
  must_here(cudaGraphDestroy(graph));
  return made;
}

void open(Lane& lane) {
  must_here(cudaStreamCreateWithFlags(&lane.stream, cudaStreamNonBlocking));
  must_here(cudaEventCreateWithFlags(&lane.event, cudaEventDisableTiming));
  must_here(cudaMalloc(&lane.counters, kLanes * sizeof(unsigned)));
  must_here(cudaMemsetAsync(lane.counters, 0, kLanes * sizeof(unsigned), lane.stream));
  lane.graph = make_graph(lane.stream, lane.counters);
}

void close(Lane& lane) {
  unsigned got[kLanes] = {};
  must_here(cudaMemcpyAsync(got, lane.counters, sizeof got, cudaMemcpyDeviceToHost, lane.stream));
  must_here(cudaStreamSynchronize(lane.stream));
  for (unsigned value : got) failures += value != lane.expected;
  must_here(cudaGraphExecDestroy(lane.graph));
  must_here(cudaFree(lane.counters));
  must_here(cudaEventDestroy(lane.event));
  must_here(cudaStreamDestroy(lane.stream));
}

void through_pool(Lane& lane, unsigned value) {
  unsigned* scratch = nullptr;
  must_here(cudaMallocAsync(reinterpret_cast<void**>(&scratch), kLanes * sizeof(unsigned), lane.stream));
  fill<<<1, kLanes, 0, lane.stream>>>(scratch, value);
  add_from<<<1, kLanes, 0, lane.stream>>>(lane.counters, scratch);
  must_here(cudaFreeAsync(scratch, lane.stream));
  lane.expected += value;
  launches += 2;
}

void step(std::array<Lane, kStreams>& lanes, check::Random& random) {
  Lane& lane = lanes[random.integer(0, kStreams - 1)];
  const unsigned value = random.integer(1, 9);
  switch (random.integer(0, 9)) {
    case 0:
      must_here(cudaGraphLaunch(lane.graph, lane.stream));
      lane.expected += kGraphKernels;
      launches += kGraphKernels;
      break;
    case 1:
    case 2:
      through_pool(lane, value);
      break;
    case 3: {
      Lane& other = lanes[random.integer(0, kStreams - 1)];
      must_here(cudaEventRecord(other.event, other.stream));
      must_here(cudaStreamWaitEvent(lane.stream, other.event, 0));
      break;
    }
    case 4:
      if (value == 9) must_here(cudaStreamSynchronize(lane.stream));
      if (value == 8 && cudaStreamQuery(lane.stream) == cudaErrorNotReady) cudaGetLastError();
      break;
    default:
      add<<<1, kLanes, 0, lane.stream>>>(lane.counters, value);
      lane.expected += value;
      ++launches;
  }
  must_here(cudaGetLastError());
}

void work(int thread, long until) {
  check::Random random(1000u + static_cast<unsigned>(thread));
  std::array<Lane, kStreams> lanes;
  for (Lane& lane : lanes) open(lane);
  while (launches < until && failures == 0) step(lanes, random);
  for (Lane& lane : lanes) close(lane);
}

std::size_t free_memory() {
  std::size_t free = 0, total = 0;
  cudaMemPool_t pool = nullptr;
  check::must(cudaDeviceSynchronize());
  check::must(cudaDeviceGetDefaultMemPool(&pool, 0));
  check::must(cudaMemPoolTrimTo(pool, 0));
  check::must(cudaMemGetInfo(&free, &total));
  return free;
}

}  // namespace

int main(int argc, char** argv) {
  const long until = check::size_argument(argc, argv, 2000);
  work(0, 0);  // what the first use of each thing keeps for good
  const std::size_t before = free_memory();
  launches = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i, until);
  for (std::thread& thread : threads) thread.join();
  if (free_memory() != before) {
    std::fprintf(stderr, "free memory: %zu bytes, %zu before\n", free_memory(), before);
    ++failures;
  }
  return check::verdict("stress", failures + (launches < until));
}
