// Stream capture: a linear sequence, a fork and join by events, what GetCaptureInfo tells, a captured launch of a
// graph, and the documented error of each thing a capture does not allow.
#include "check.h"

#include <thread>

namespace {

constexpr int kCount = 1000;
using check::expect;
using check::expect_true;
using check::wrong;

__global__ void add(int* data, int value) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < kCount) data[i] += value;
}

__global__ void sum(int* to, const int* a, const int* b) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < kCount) to[i] = a[i] + b[i];
}

void launch_add(int* data, int value, cudaStream_t stream) {
  add<<<(kCount + 255) / 256, 256, 0, stream>>>(data, value);
}

void count_up(void* counter) {
  ++*static_cast<int*>(counter);
}

cudaStream_t new_stream(unsigned flags = cudaStreamNonBlocking) {
  cudaStream_t stream;
  check::must(cudaStreamCreateWithFlags(&stream, flags));
  return stream;
}

cudaEvent_t new_event() {
  cudaEvent_t event;
  check::must(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  return event;
}

void launch_times(cudaGraph_t graph, cudaStream_t stream, int times) {
  cudaGraphExec_t exec;
  check::must(cudaGraphInstantiateWithFlags(&exec, graph, 0));
  for (int i = 0; i < times; ++i) check::must(cudaGraphLaunch(exec, stream));
  check::must(cudaStreamSynchronize(stream));
  check::must(cudaGraphExecDestroy(exec));
  check::must(cudaGraphDestroy(graph));
}

// Copy in, add, copy out, count on the host: nothing runs before the launch, everything at each.
void line() {
  cudaStream_t stream = new_stream();
  check::Buffer<int> data(kCount);
  int *from, *to, counter = 0;
  check::must(cudaMallocHost(&from, kCount * sizeof(int)));
  check::must(cudaMallocHost(&to, kCount * sizeof(int)));
  for (int i = 0; i < kCount; ++i) from[i] = i, to[i] = -1;
  check::must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  check::must(cudaMemsetAsync(data.get(), 0x55, kCount * sizeof(int), stream));
  check::must(cudaMemcpyAsync(data.get(), from, kCount * sizeof(int), cudaMemcpyHostToDevice, stream));
  launch_add(data.get(), 7, stream);
  launch_add(data.get(), 1, stream);
  check::must(cudaMemcpyAsync(to, data.get(), kCount * sizeof(int), cudaMemcpyDeviceToHost, stream));
  check::must(cudaLaunchHostFunc(stream, count_up, &counter));
  cudaStreamCaptureStatus status;
  check::must(cudaStreamIsCapturing(stream, &status));
  expect_true(status == cudaStreamCaptureStatusActive);
  cudaGraph_t graph;
  check::must(cudaStreamEndCapture(stream, &graph));
  check::must(cudaStreamIsCapturing(stream, &status));
  expect_true(status == cudaStreamCaptureStatusNone);
  check::must(cudaStreamSynchronize(stream));
  expect_true(to[5] == -1 && counter == 0);
  size_t nodes = 0, edges = 0;
  check::must(cudaGraphGetNodes(graph, nullptr, &nodes));
#if CUDART_VERSION >= 13000
  check::must(cudaGraphGetEdges(graph, nullptr, nullptr, nullptr, &edges));
#else
  check::must(cudaGraphGetEdges(graph, nullptr, nullptr, &edges));
#endif
  expect_true(nodes == 6 && edges == 5);
  launch_times(graph, stream, 3);
  expect_true(counter == 3);
  for (int i = 0; i < kCount; ++i) wrong += to[i] != i + 8;
  check::must(cudaFreeHost(from));
  check::must(cudaFreeHost(to));
  check::must(cudaStreamDestroy(stream));
}

// Two branches that meet; the second stream is done with the capture when the first ends it.
void fork_and_join() {
  cudaStream_t first = new_stream(), second = new_stream();
  cudaEvent_t fork = new_event(), join = new_event();
  check::Buffer<int> a(kCount), b(kCount), c(kCount);
  for (check::Buffer<int>* each : {&a, &b, &c}) each->fill_bytes(0);
  check::must(cudaStreamBeginCapture(first, cudaStreamCaptureModeThreadLocal));
  check::must(cudaEventRecord(fork, first));
  check::must(cudaStreamWaitEvent(second, fork, 0));
  launch_add(a.get(), 3, first);
  launch_add(b.get(), 5, second);
  launch_add(b.get(), 10, second);
  check::must(cudaEventRecord(join, second));
  check::must(cudaStreamWaitEvent(first, join, 0));
  sum<<<(kCount + 255) / 256, 256, 0, first>>>(c.get(), a.get(), b.get());
  cudaGraph_t graph;
  check::must(cudaStreamEndCapture(first, &graph));
  cudaStreamCaptureStatus status;
  check::must(cudaStreamIsCapturing(second, &status));
  expect_true(status == cudaStreamCaptureStatusNone);
  size_t roots = 0;
  check::must(cudaGraphGetRootNodes(graph, nullptr, &roots));
  expect_true(roots == 2);
  launch_times(graph, first, 4);
  std::vector<int> got = c.download();
  for (int value : got) wrong += value != 4 * 18;
  expect(cudaEventQuery(join), cudaErrorCapturedEvent);
  for (cudaEvent_t event : {fork, join}) check::must(cudaEventDestroy(event));
  for (cudaStream_t stream : {first, second}) check::must(cudaStreamDestroy(stream));
}

// A graph launched into a capture becomes a child of the new graph.
void nested() {
  cudaStream_t stream = new_stream();
  check::Buffer<int> data(kCount);
  data.fill_bytes(0);
  cudaGraph_t inner, outer;
  check::must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  launch_add(data.get(), 1, stream);
  check::must(cudaStreamEndCapture(stream, &inner));
  cudaGraphExec_t exec;
  check::must(cudaGraphInstantiateWithFlags(&exec, inner, 0));
  check::must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  check::must(cudaGraphLaunch(exec, stream));
  launch_add(data.get(), 10, stream);
  check::must(cudaGraphLaunch(exec, stream));
  check::must(cudaStreamEndCapture(stream, &outer));
  size_t count = 1;
  cudaGraphNode_t root;
  cudaGraphNodeType type;
  check::must(cudaGraphGetRootNodes(outer, &root, &count));
  check::must(cudaGraphNodeGetType(root, &type));
  expect_true(count == 1 && type == cudaGraphNodeTypeGraph);
  launch_times(outer, stream, 2);
  for (int value : data.download()) wrong += value != 24;
  check::must(cudaGraphExecDestroy(exec));
  check::must(cudaGraphDestroy(inner));
  check::must(cudaStreamDestroy(stream));
}

#if CUDART_VERSION >= 13000
// A node added by hand in the middle of a capture: GetCaptureInfo and UpdateCaptureDependencies.
void by_hand() {
  cudaStream_t stream = new_stream();
  check::Buffer<int> data(kCount);
  data.fill_bytes(0);
  check::must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  launch_add(data.get(), 1, stream);
  cudaStreamCaptureStatus status;
  unsigned long long id = 0;
  cudaGraph_t graph;
  const cudaGraphNode_t* after;
  size_t count = 0;
  check::must(cudaStreamGetCaptureInfo(stream, &status, &id, &graph, &after, nullptr, &count));
  expect_true(status == cudaStreamCaptureStatusActive && count == 1);
  int counter = 0;
  cudaHostNodeParams host{count_up, &counter};
  cudaGraphNode_t node;
  check::must(cudaGraphAddHostNode(&node, graph, after, count, &host));
  check::must(cudaStreamUpdateCaptureDependencies(stream, &node, nullptr, 1, cudaStreamSetCaptureDependencies));
  launch_add(data.get(), 1, stream);
  cudaGraph_t captured;
  check::must(cudaStreamEndCapture(stream, &captured));
  expect_true(captured == graph);
  size_t edges = 0;
  check::must(cudaGraphGetEdges(graph, nullptr, nullptr, nullptr, &edges));
  expect_true(edges == 2);
  launch_times(graph, stream, 2);
  expect_true(counter == 2);
  for (int value : data.download()) wrong += value != 4;

  check::must(cudaGraphCreate(&graph, 0));
  check::must(cudaGraphAddHostNode(&node, graph, nullptr, 0, &host));
  check::must(cudaStreamBeginCaptureToGraph(stream, graph, &node, nullptr, 1, cudaStreamCaptureModeGlobal));
  launch_add(data.get(), 1, stream);
  check::must(cudaStreamEndCapture(stream, &captured));
  expect_true(captured == graph);
  launch_times(graph, stream, 1);
  expect_true(counter == 3);
  for (int value : data.download()) wrong += value != 5;
  check::must(cudaStreamDestroy(stream));
}
#endif

// Ends a capture that an error has made invalid.
void expect_invalid(cudaStream_t stream, int line = __builtin_LINE()) {
  cudaGraph_t graph = reinterpret_cast<cudaGraph_t>(&graph);
  expect(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated, line);
  expect_true(graph == nullptr, line);
}

// Memory of a graph, freed by the next launch; events that are nodes.
void memory_and_events() {
  cudaStream_t stream = new_stream();
  cudaEvent_t event = new_event();
  std::vector<int> out(kCount);
  check::must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  int *kept, *inner;
  check::must(cudaMallocAsync(&kept, kCount * sizeof(int), stream));
  check::must(cudaMallocAsync(&inner, kCount * sizeof(int), stream));
  check::must(cudaMemsetAsync(inner, 0, kCount * sizeof(int), stream));
  launch_add(inner, 6, stream);
  check::must(cudaMemcpyAsync(kept, inner, kCount * sizeof(int), cudaMemcpyDeviceToDevice, stream));
  check::must(cudaFreeAsync(inner, stream));
  check::must(cudaEventRecordWithFlags(event, stream, cudaEventRecordExternal));
  launch_add(kept, 1, stream);
  cudaGraph_t graph;
  check::must(cudaStreamEndCapture(stream, &graph));
  cudaGraphExec_t exec;
  check::must(cudaGraphInstantiateWithFlags(&exec, graph, cudaGraphInstantiateFlagAutoFreeOnLaunch));
  for (int i = 0; i < 3; ++i) check::must(cudaGraphLaunch(exec, stream));
  check::must(cudaEventSynchronize(event));
  check::must(cudaMemcpyAsync(out.data(), kept, kCount * sizeof(int), cudaMemcpyDeviceToHost, stream));
  check::must(cudaFreeAsync(kept, stream));
  check::must(cudaStreamSynchronize(stream));
  for (int value : out) wrong += value != 7;
  expect(cudaEventRecordWithFlags(event, stream, cudaEventRecordExternal), cudaErrorInvalidValue);
  expect(cudaFreeAsync(kept, stream), cudaErrorInvalidValue);
  check::must(cudaGraphExecDestroy(exec));
  check::must(cudaGraphDestroy(graph));
  check::must(cudaEventDestroy(event));
  check::must(cudaStreamDestroy(stream));
}

struct Streams {
  cudaStream_t a = new_stream(), b = new_stream(), blocking = new_stream(cudaStreamDefault);
  cudaEvent_t event = new_event(), other = new_event();
  ~Streams() {
    for (cudaEvent_t each : {event, other}) check::must(cudaEventDestroy(each));
    for (cudaStream_t stream : {a, b, blocking}) check::must(cudaStreamDestroy(stream));
  }
};

void begin(cudaStream_t stream, cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed) {
  check::must(cudaStreamBeginCapture(stream, mode));
}

void bad_begin_and_wait(Streams& s, int* data) {
  cudaGraph_t graph;
  expect(cudaStreamBeginCapture(cudaStreamLegacy, cudaStreamCaptureModeGlobal), cudaErrorStreamCaptureUnsupported);
  expect(cudaStreamEndCapture(s.a, &graph), cudaErrorIllegalState);
  begin(s.a, cudaStreamCaptureModeGlobal);
  expect(cudaStreamBeginCapture(s.a, cudaStreamCaptureModeGlobal), cudaErrorIllegalState);
  expect(cudaStreamSynchronize(s.a), cudaErrorStreamCaptureUnsupported);
  launch_add(data, 1, s.a);
  expect(cudaGetLastError(), cudaErrorStreamCaptureInvalidated);
  expect_invalid(s.a);
}

// Waiting for work outside the capture, for another capture, and for captured work.
void bad_dependencies(Streams& s, int* data) {
  check::must(cudaEventRecord(s.event, s.b));
  begin(s.a);
  expect(cudaStreamWaitEvent(s.a, s.event, 0), cudaErrorStreamCaptureIsolation);
  expect_invalid(s.a);
  begin(s.a);
  begin(s.b);
  launch_add(data, 1, s.a);
  check::must(cudaEventRecord(s.event, s.a));
  expect(cudaStreamWaitEvent(s.b, s.event, 0), cudaErrorStreamCaptureMerge);
  expect_invalid(s.a);
  expect_invalid(s.b);
  begin(s.a);
  launch_add(data, 1, s.a);
  check::must(cudaEventRecord(s.other, s.a));
  expect(cudaEventSynchronize(s.other), cudaErrorCapturedEvent);
  expect_invalid(s.a);
}

// A branch that was never joined, and the end in another stream than the beginning.
void bad_ends(Streams& s, int* data) {
  cudaGraph_t graph;
  begin(s.a);
  check::must(cudaEventRecord(s.event, s.a));
  check::must(cudaStreamWaitEvent(s.b, s.event, 0));
  launch_add(data, 1, s.b);
  expect(cudaStreamEndCapture(s.a, &graph), cudaErrorStreamCaptureUnjoined);
  begin(s.a);
  check::must(cudaEventRecord(s.event, s.a));
  check::must(cudaStreamWaitEvent(s.b, s.event, 0));
  expect(cudaStreamEndCapture(s.b, &graph), cudaErrorStreamCaptureUnmatched);
  cudaStreamEndCapture(s.a, &graph);
  cudaGetLastError();
}

// While a blocking stream captures, the legacy stream may not be used.
void legacy_stream(Streams& s, int* data) {
  begin(s.blocking);
  cudaStreamCaptureStatus status;
  expect(cudaStreamIsCapturing(cudaStreamLegacy, &status), cudaErrorStreamCaptureImplicit);
  expect(cudaMemsetAsync(data, 0, 4, cudaStreamLegacy), cudaErrorStreamCaptureImplicit);
  expect_invalid(s.blocking);
}

// Another thread may end only a relaxed capture.
void threads(Streams& s, int* data) {
  cudaGraph_t graph;
  for (cudaStreamCaptureMode mode : {cudaStreamCaptureModeThreadLocal, cudaStreamCaptureModeRelaxed}) {
    begin(s.a, mode);
    launch_add(data, 1, s.a);
    cudaError_t ended = cudaSuccess;
    std::thread([&] { ended = cudaStreamEndCapture(s.a, &graph); }).join();
    const bool relaxed = mode == cudaStreamCaptureModeRelaxed;
    expect(ended, relaxed ? cudaSuccess : cudaErrorStreamCaptureWrongThread);
    if (!relaxed) check::must(cudaStreamEndCapture(s.a, &graph));
    check::must(cudaGraphDestroy(graph));
  }
}

// Calls that are unsafe while a capture is on, unless the thread says otherwise.
void unsafe_calls(Streams& s) {
  void* memory = nullptr;
  begin(s.a, cudaStreamCaptureModeGlobal);
  expect(cudaMalloc(&memory, 16), cudaErrorStreamCaptureUnsupported);
  expect_invalid(s.a);
  cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
  begin(s.a, cudaStreamCaptureModeGlobal);
  check::must(cudaThreadExchangeStreamCaptureMode(&mode));
  expect_true(mode == cudaStreamCaptureModeGlobal);
  check::must(cudaMalloc(&memory, 16));
  check::must(cudaThreadExchangeStreamCaptureMode(&mode));
  cudaGraph_t graph;
  check::must(cudaStreamEndCapture(s.a, &graph));
  check::must(cudaGraphDestroy(graph));
  check::must(cudaFree(memory));
}

void errors() {
  Streams streams;
  check::Buffer<int> data(kCount);
  bad_begin_and_wait(streams, data.get());
  bad_dependencies(streams, data.get());
  bad_ends(streams, data.get());
  legacy_stream(streams, data.get());
  threads(streams, data.get());
  unsafe_calls(streams);
}

}  // namespace

int main() {
  line();
  fork_and_join();
  nested();
#if CUDART_VERSION >= 13000
  by_hand();
#endif
  memory_and_events();
  errors();
  check::must(cudaDeviceSynchronize());
  return check::verdict("graph_capture", wrong);
}
