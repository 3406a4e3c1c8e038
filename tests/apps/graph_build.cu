// Graphs built node by node: every kind of node, queries, changes before and after instantiation, whole-graph updates,
// disabled nodes, clones, memory nodes, user objects.
#include "check.h"

#include <cstring>

namespace {

constexpr int kCount = 512;
using check::expect;
using check::expect_true;
using check::wrong;

__device__ int offset = 100;

__global__ void add(int* data, int value) {
  data[blockIdx.x * blockDim.x + threadIdx.x] += value;
}

__global__ void add_offset(int* data) {
  data[blockIdx.x * blockDim.x + threadIdx.x] += offset;
}

void count_up(void* counter) {
  ++*static_cast<int*>(counter);
}

// Parameters of a kernel node that adds `value`.
struct Add {
  int* data;
  int value;
  void* arguments[2] = {&data, &value};
  cudaKernelNodeParams params{};

  Add(int* where, int what) : data(where), value(what) {
    params.func = reinterpret_cast<void*>(add);
    params.gridDim = dim3(kCount / 128);
    params.blockDim = dim3(128);
    params.kernelParams = arguments;
  }
  Add(const Add&) = delete;
};

cudaGraphNode_t add_node(cudaGraph_t graph, std::vector<cudaGraphNode_t> after, int* data, int value) {
  Add what(data, value);
  cudaGraphNode_t node;
  check::must(cudaGraphAddKernelNode(&node, graph, after.data(), after.size(), &what.params));
  return node;
}

cudaGraph_t new_graph() {
  cudaGraph_t graph;
  check::must(cudaGraphCreate(&graph, 0));
  return graph;
}

cudaGraphExec_t instantiate(cudaGraph_t graph) {
  cudaGraphExec_t exec;
  check::must(cudaGraphInstantiateWithFlags(&exec, graph, 0));
  return exec;
}

void run(cudaGraphExec_t exec) {
  check::must(cudaGraphLaunch(exec, cudaStreamPerThread));
  check::must(cudaStreamSynchronize(cudaStreamPerThread));
}

void expect_all(const check::Buffer<int>& data, int want, int line = __builtin_LINE()) {
  for (int value : data.download()) {
    if (value == want) continue;
    ++wrong;
    std::fprintf(stderr, "line %d: got %d, expected %d\n", line, value, want);
    return;
  }
}

// memset, copy to a symbol, two kernels side by side, a third after both, copies, a host function, an empty node.
void every_kind() {
  check::Buffer<int> a(kCount), b(kCount);
  std::vector<int> out(kCount);
  int counter = 0, new_offset = 1000, seen_offset = 0;
  cudaGraph_t graph = new_graph();
  cudaGraphNode_t fill_a, fill_b, symbol, left, right, both, copy, from_symbol, host, empty;
  cudaMemsetParams fill{};
  fill.dst = a.get();
  fill.value = 5;
  fill.elementSize = 4;
  fill.width = kCount;
  fill.height = 1;
  check::must(cudaGraphAddMemsetNode(&fill_a, graph, nullptr, 0, &fill));
  fill.dst = b.get();
  check::must(cudaGraphAddMemsetNode(&fill_b, graph, nullptr, 0, &fill));
  check::must(cudaGraphAddMemcpyNodeToSymbol(&symbol, graph, nullptr, 0, offset, &new_offset, sizeof offset, 0,
                                             cudaMemcpyHostToDevice));
  left = add_node(graph, {fill_a}, a.get(), 1);
  cudaGraphNode_t fill_and_symbol[] = {fill_b, symbol};
  cudaKernelNodeParams kernel{};
  int* data = b.get();
  void* arguments[] = {&data};
  kernel.func = reinterpret_cast<void*>(add_offset);
  kernel.gridDim = dim3(kCount / 64);
  kernel.blockDim = dim3(64);
  kernel.kernelParams = arguments;
  check::must(cudaGraphAddKernelNode(&right, graph, fill_and_symbol, 2, &kernel));
  cudaGraphNode_t sides[] = {left, right};
  check::must(cudaGraphAddEmptyNode(&empty, graph, sides, 2));
  both = add_node(graph, {empty}, b.get(), 10000);
  check::must(cudaGraphAddMemcpyNode1D(&copy, graph, &both, 1, out.data(), b.get(), kCount * sizeof(int),
                                       cudaMemcpyDeviceToHost));
  check::must(cudaGraphAddMemcpyNodeFromSymbol(&from_symbol, graph, &both, 1, &seen_offset, offset, sizeof offset, 0,
                                               cudaMemcpyDeviceToHost));
  cudaGraphNode_t copies[] = {copy, from_symbol};
  cudaHostNodeParams call{count_up, &counter};
  check::must(cudaGraphAddHostNode(&host, graph, copies, 2, &call));
  size_t nodes = 0, roots = 0;
  check::must(cudaGraphGetNodes(graph, nullptr, &nodes));
  check::must(cudaGraphGetRootNodes(graph, nullptr, &roots));
  expect_true(nodes == 10 && roots == 3);
  cudaGraphExec_t exec = instantiate(graph);
  for (int i = 0; i < 5; ++i) run(exec);
  expect_all(a, 6);
  for (int value : out) wrong += value != 11005;
  expect_true(counter == 5 && seen_offset == 1000);
  check::must(cudaGraphExecDestroy(exec));
  check::must(cudaGraphDestroy(graph));
}

// Parameters are read back, and changed in the graph and in the instantiated graph; the latter keeps its own.
void parameters() {
  check::Buffer<int> data(kCount), other(kCount);
  data.fill_bytes(0);
  other.fill_bytes(0);
  cudaGraph_t graph = new_graph();
  cudaGraphNode_t node = add_node(graph, {}, data.get(), 1), last = add_node(graph, {node}, data.get(), 100);
  cudaKernelNodeParams shown;
  check::must(cudaGraphKernelNodeGetParams(node, &shown));
  expect_true(shown.func == reinterpret_cast<void*>(add) && shown.gridDim.x == kCount / 128 && shown.blockDim.x == 128);
  expect_true(*static_cast<int*>(shown.kernelParams[1]) == 1);
  cudaGraphExec_t exec = instantiate(graph);
  Add more(data.get(), 2);
  check::must(cudaGraphKernelNodeSetParams(node, &more.params));
  run(exec);
  expect_all(data, 101);
  Add elsewhere(other.get(), 7);
  check::must(cudaGraphExecKernelNodeSetParams(exec, node, &elsewhere.params));
  run(exec);
  expect_all(data, 201);
  expect_all(other, 7);
  check::must(cudaGraphNodeSetEnabled(exec, last, 0));
  unsigned enabled = 1;
  check::must(cudaGraphNodeGetEnabled(exec, last, &enabled));
  expect_true(enabled == 0);
  run(exec);
  expect_all(data, 201);
  expect_all(other, 14);
  check::must(cudaGraphNodeSetEnabled(exec, last, 1));
  run(exec);
  expect_all(data, 301);
  cudaGraphExec_t newer = instantiate(graph);
  run(newer);
  expect_all(data, 403);
  cudaHostNodeParams call{count_up, &wrong};
  expect(cudaGraphExecHostNodeSetParams(exec, node, &call), cudaErrorInvalidValue);
  for (cudaGraphExec_t each : {exec, newer}) check::must(cudaGraphExecDestroy(each));
  check::must(cudaGraphDestroy(graph));
}

#if CUDART_VERSION >= 12000
void update() {
  check::Buffer<int> data(kCount), other(kCount);
  data.fill_bytes(0);
  other.fill_bytes(0);
  cudaGraph_t graph = new_graph();
  add_node(graph, {add_node(graph, {}, data.get(), 1)}, data.get(), 2);
  cudaGraphExec_t exec = instantiate(graph);
  cudaGraph_t changed = new_graph();
  cudaGraphNode_t first = add_node(changed, {}, other.get(), 10);
  cudaGraphNode_t second = add_node(changed, {first}, data.get(), 20);
  cudaGraphExecUpdateResultInfo info;
  check::must(cudaGraphExecUpdate(exec, changed, &info));
  expect_true(info.result == cudaGraphExecUpdateSuccess);
  run(exec);
  expect_all(data, 20);
  expect_all(other, 10);
  cudaGraphNode_t third;
  check::must(cudaGraphAddEmptyNode(&third, changed, &second, 1));
  expect(cudaGraphExecUpdate(exec, changed, &info), cudaErrorGraphExecUpdateFailure);
  expect_true(info.result == cudaGraphExecUpdateErrorTopologyChanged);
  check::must(cudaGraphDestroyNode(third));
  check::must(cudaGraphDestroyNode(second));
  check::must(cudaGraphAddEmptyNode(&third, changed, &first, 1));
  expect(cudaGraphExecUpdate(exec, changed, &info), cudaErrorGraphExecUpdateFailure);
  expect_true(info.result == cudaGraphExecUpdateErrorNodeTypeChanged && info.errorNode == third);
  run(exec);
  expect_all(data, 40);
  check::must(cudaGraphExecDestroy(exec));
  for (cudaGraph_t each : {graph, changed}) check::must(cudaGraphDestroy(each));
}
#endif

// Child graphs are copies; a clone's nodes are found by their originals.
void copies() {
  check::Buffer<int> data(kCount);
  data.fill_bytes(0);
  cudaGraph_t inner = new_graph(), outer = new_graph(), clone, child;
  cudaGraphNode_t inside = add_node(inner, {}, data.get(), 1), found, nested;
  check::must(cudaGraphAddChildGraphNode(&nested, outer, nullptr, 0, inner));
  add_node(outer, {nested}, data.get(), 10);
  Add changed(data.get(), 5);
  check::must(cudaGraphKernelNodeSetParams(inside, &changed.params));
  check::must(cudaGraphChildGraphNodeGetGraph(nested, &child));
  expect_true(child != inner);
  check::must(cudaGraphClone(&clone, outer));
  check::must(cudaGraphNodeFindInClone(&found, nested, clone));
  cudaGraphNodeType type;
  check::must(cudaGraphNodeGetType(found, &type));
  expect_true(type == cudaGraphNodeTypeGraph);
  expect(cudaGraphNodeFindInClone(&found, inside, clone), cudaErrorInvalidValue);
  cudaGraphExec_t exec = instantiate(outer);
  run(exec);
  expect_all(data, 11);
  check::must(cudaGraphExecDestroy(exec));
  check::must(cudaGraphDestroy(outer));
  exec = instantiate(clone);
  run(exec);
  expect_all(data, 22);
  check::must(cudaGraphExecDestroy(exec));
  for (cudaGraph_t each : {inner, clone}) check::must(cudaGraphDestroy(each));
}

#if CUDART_VERSION >= 13000
void edges() {
  check::Buffer<int> data(kCount);
  cudaGraph_t graph = new_graph();
  cudaGraphNode_t a = add_node(graph, {}, data.get(), 1), b = add_node(graph, {}, data.get(), 2), list[4];
  check::must(cudaGraphAddDependencies(graph, &a, &b, nullptr, 1));
  expect(cudaGraphAddDependencies(graph, &a, &b, nullptr, 1), cudaErrorInvalidValue);
  size_t count = 4;
  check::must(cudaGraphNodeGetDependentNodes(a, list, nullptr, &count));
  expect_true(count == 1 && list[0] == b && list[1] == nullptr);
  count = 4;
  check::must(cudaGraphNodeGetDependencies(b, list, nullptr, &count));
  expect_true(count == 1 && list[0] == a);
  check::must(cudaGraphAddDependencies(graph, &b, &a, nullptr, 1));
  cudaGraphExec_t exec;
  expect(cudaGraphInstantiate(&exec, graph, 0), cudaErrorInvalidValue);  // a cycle
  check::must(cudaGraphRemoveDependencies(graph, &b, &a, nullptr, 1));
  check::must(cudaGraphRemoveDependencies(graph, &a, &b, nullptr, 1));
  cudaGraphEdgeData programmatic{};
  programmatic.from_port = cudaGraphKernelNodePortProgrammatic;
  programmatic.type = cudaGraphDependencyTypeProgrammatic;
  check::must(cudaGraphAddDependencies(graph, &a, &b, &programmatic, 1));
  cudaGraphNode_t from[1], to[1];
  cudaGraphEdgeData data_of[1];
  count = 1;
  expect(cudaGraphGetEdges(graph, from, to, nullptr, &count), cudaErrorLossyQuery);
  count = 1;
  check::must(cudaGraphGetEdges(graph, from, to, data_of, &count));
  expect_true(count == 1 && from[0] == a && to[0] == b && data_of[0].type == cudaGraphDependencyTypeProgrammatic);
  check::must(cudaGraphDestroyNode(a));
  count = 0;
  check::must(cudaGraphGetEdges(graph, nullptr, nullptr, nullptr, &count));
  expect_true(count == 0);
  check::must(cudaGraphDestroy(graph));
}
#endif

// Memory that one graph allocates and another frees, and the same by a call.
void memory() {
  std::vector<int> out(kCount);
  cudaGraph_t graph = new_graph(), other = new_graph();
  cudaMemAllocNodeParams what{};
  what.poolProps.allocType = cudaMemAllocationTypePinned;
  what.poolProps.location = {cudaMemLocationTypeDevice, 0};
  what.bytesize = kCount * sizeof(int);
  cudaGraphNode_t alloc, fill, copy, release;
  check::must(cudaGraphAddMemAllocNode(&alloc, graph, nullptr, 0, &what));
  int* data = static_cast<int*>(what.dptr);
  cudaMemsetParams zero{};
  zero.dst = data;
  zero.elementSize = 1;
  zero.width = what.bytesize;
  zero.height = 1;
  check::must(cudaGraphAddMemsetNode(&fill, graph, &alloc, 1, &zero));
  cudaGraphNode_t sum = add_node(graph, {fill}, data, 3);
  check::must(cudaGraphAddMemcpyNode1D(&copy, graph, &sum, 1, out.data(), data, what.bytesize, cudaMemcpyDeviceToHost));
  check::must(cudaGraphAddMemFreeNode(&release, other, nullptr, 0, data));
  cudaGraphExec_t exec = instantiate(graph), freeing = instantiate(other);
  run(exec);
  for (int value : out) wrong += value != 3;
  expect(cudaGraphLaunch(exec, cudaStreamPerThread), cudaErrorInvalidValue);  // not freed yet
  run(freeing);
  run(exec);
  check::must(cudaFree(data));
  run(exec);
  check::must(cudaFreeAsync(data, cudaStreamPerThread));
  check::must(cudaStreamSynchronize(cudaStreamPerThread));
  for (cudaGraphExec_t each : {exec, freeing}) check::must(cudaGraphExecDestroy(each));
  for (cudaGraph_t each : {graph, other}) check::must(cudaGraphDestroy(each));
  check::must(cudaDeviceGraphMemTrim(0));
  unsigned long long used = 1;
  check::must(cudaDeviceGetGraphMemAttribute(0, cudaGraphMemAttrUsedMemCurrent, &used));
  expect_true(used == 0);
}

// Events of a graph order other streams after it and give times; a user object lives as long as a graph refers to it.
void events_and_objects() {
  check::Buffer<int> data(kCount);
  data.fill_bytes(0);
  cudaEvent_t begin, end, got;
  check::must(cudaEventCreate(&begin));
  check::must(cudaEventCreate(&end));
  int destroyed = 0;
  cudaUserObject_t object;
  check::must(cudaUserObjectCreate(&object, &destroyed, count_up, 1, cudaUserObjectNoDestructorSync));
  cudaGraph_t graph = new_graph();
  check::must(cudaGraphRetainUserObject(graph, object, 1, cudaGraphUserObjectMove));
  cudaGraphNode_t first, last;
  check::must(cudaGraphAddEventRecordNode(&first, graph, nullptr, 0, begin));
  cudaGraphNode_t work = add_node(graph, {first}, data.get(), 4);
  check::must(cudaGraphAddEventRecordNode(&last, graph, &work, 1, end));
  check::must(cudaGraphEventRecordNodeGetEvent(last, &got));
  expect_true(got == end);
  cudaGraphExec_t exec = instantiate(graph);
  check::must(cudaGraphDestroy(graph));
  expect_true(destroyed == 0);
  check::must(cudaGraphLaunch(exec, cudaStreamPerThread));
  check::must(cudaEventSynchronize(end));
  float milliseconds = -1;
  check::must(cudaEventElapsedTime(&milliseconds, begin, end));
  expect_true(milliseconds >= 0);
  expect_all(data, 4);
  check::must(cudaStreamSynchronize(cudaStreamPerThread));
  check::must(cudaGraphExecDestroy(exec));
  check::must(cudaDeviceSynchronize());
  expect_true(destroyed == 1);
  for (cudaEvent_t event : {begin, end}) check::must(cudaEventDestroy(event));
}

}  // namespace

int main() {
  every_kind();
  parameters();
#if CUDART_VERSION >= 12000
  update();
#endif
  copies();
#if CUDART_VERSION >= 13000
  edges();
#endif
  memory();
  events_and_objects();
  check::must(cudaDeviceSynchronize());
  return check::verdict("graph_build", wrong);
}
