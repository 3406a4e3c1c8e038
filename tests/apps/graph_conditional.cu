// Conditional nodes: if with and without else, while, switch, one inside another; the value is set by kernels and,
// where asked for, reset to the default at each launch. Toolkits before 12.8 lack some: the program then tests nothing.
#include "check.h"

#if CUDART_VERSION >= 13000

namespace {

long wrong = 0;

void expect(int got, int want, int line = __builtin_LINE()) {
  if (got == want) return;
  ++wrong;
  std::fprintf(stderr, "line %d: got %d, expected %d\n", line, got, want);
}

__global__ void set_to(cudaGraphConditionalHandle handle, const int* value) {
  cudaGraphSetConditional(handle, *value);
}

__global__ void add(int* sum, int value) {
  *sum += value;
}

// Counts down; the loop goes on while something is left.
__global__ void count_down(cudaGraphConditionalHandle handle, int* left) {
  cudaGraphSetConditional(handle, --*left > 0);
}

template <class T>
struct Same {
  using type = T;
};

template <class... Arguments>
cudaGraphNode_t kernel(cudaGraph_t graph, const cudaGraphNode_t* after, void (*function)(Arguments...),
                       typename Same<Arguments>::type... arguments) {
  void* list[] = {&arguments...};
  cudaGraphNodeParams params{};
  params.type = cudaGraphNodeTypeKernel;
  params.kernel.func = reinterpret_cast<void*>(function);
  params.kernel.gridDim = params.kernel.blockDim = dim3(1);
  params.kernel.kernelParams = list;
  cudaGraphNode_t node;
  check::must(cudaGraphAddNode(&node, graph, after, nullptr, after != nullptr ? 1 : 0, &params));
  return node;
}

// The node's bodies.
cudaGraph_t* conditional(cudaGraph_t graph, const cudaGraphNode_t* after, cudaGraphConditionalHandle handle,
                         cudaGraphConditionalNodeType type, unsigned size, cudaGraphNode_t* node = nullptr) {
  cudaGraphNodeParams params{};
  params.type = cudaGraphNodeTypeConditional;
  params.conditional.handle = handle;
  params.conditional.type = type;
  params.conditional.size = size;
  cudaGraphNode_t made;
  check::must(cudaGraphAddNode(&made, graph, after, nullptr, after != nullptr ? 1 : 0, &params));
  if (node != nullptr) *node = made;
  return params.conditional.phGraph_out;
}

struct Program {
  cudaGraph_t graph;
  cudaGraphExec_t exec = nullptr;
  int *value, *sum;

  Program() {
    check::must(cudaGraphCreate(&graph, 0));
    check::must(cudaMallocManaged(&value, sizeof(int)));
    check::must(cudaMallocManaged(&sum, sizeof(int)));
    *sum = 0;
  }
  cudaGraphConditionalHandle handle(unsigned initial = 0, unsigned flags = 0) {
    cudaGraphConditionalHandle made;
    check::must(cudaGraphConditionalHandleCreate(&made, graph, initial, flags));
    return made;
  }
  int run(int with) {
    if (exec == nullptr) check::must(cudaGraphInstantiate(&exec, graph, 0));
    *value = with;
    *sum = 0;
    check::must(cudaGraphLaunch(exec, nullptr));
    check::must(cudaDeviceSynchronize());
    return *sum;
  }
  ~Program() {
    if (exec != nullptr) check::must(cudaGraphExecDestroy(exec));
    check::must(cudaGraphDestroy(graph));
    check::must(cudaFree(value));
    check::must(cudaFree(sum));
  }
};

void if_else() {
  Program p;
  cudaGraphConditionalHandle handle = p.handle();
  cudaGraphNode_t first = kernel(p.graph, nullptr, set_to, handle, p.value), node;
  cudaGraph_t* bodies = conditional(p.graph, &first, handle, cudaGraphCondTypeIf, 2, &node);
  kernel(bodies[0], nullptr, add, p.sum, 1);
  kernel(bodies[1], nullptr, add, p.sum, 2);
  kernel(p.graph, &node, add, p.sum, 10);
  for (int value : {0, 1, 7, 0}) expect(p.run(value), value != 0 ? 11 : 12);
}

// The default value is assigned at each launch, so the body runs at least once.
void do_while() {
  Program p;
  cudaGraphConditionalHandle handle = p.handle(1, cudaGraphCondAssignDefault);
  cudaGraph_t body = *conditional(p.graph, nullptr, handle, cudaGraphCondTypeWhile, 1);
  cudaGraphNode_t step = kernel(body, nullptr, add, p.sum, 1);
  kernel(body, &step, count_down, handle, p.value);
  for (int times : {5, 1, 20}) expect(p.run(times), times);
}

// The body is captured.
void switch_captured() {
  Program p;
  cudaGraphConditionalHandle handle = p.handle();
  cudaGraphNode_t first = kernel(p.graph, nullptr, set_to, handle, p.value);
  cudaGraph_t* bodies = conditional(p.graph, &first, handle, cudaGraphCondTypeSwitch, 3);
  cudaStream_t stream;
  check::must(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  for (int i = 0; i < 3; ++i) {
    check::must(cudaStreamBeginCaptureToGraph(stream, bodies[i], nullptr, nullptr, 0, cudaStreamCaptureModeRelaxed));
    add<<<1, 1, 0, stream>>>(p.sum, 100 + i);
    check::must(cudaStreamEndCapture(stream, nullptr));
  }
  for (int value : {0, 1, 2, 3, -1}) expect(p.run(value), value >= 0 && value < 3 ? 100 + value : 0);
  check::must(cudaStreamDestroy(stream));
}

// A while inside an if.
void nested() {
  Program p;
  cudaGraphConditionalHandle outer = p.handle(), inner;
  cudaGraphNode_t first = kernel(p.graph, nullptr, set_to, outer, p.value);
  cudaGraph_t body = *conditional(p.graph, &first, outer, cudaGraphCondTypeIf, 1);
  check::must(cudaGraphConditionalHandleCreate(&inner, body, 1, cudaGraphCondAssignDefault));
  cudaGraph_t loop = *conditional(body, nullptr, inner, cudaGraphCondTypeWhile, 1);
  cudaGraphNode_t step = kernel(loop, nullptr, add, p.sum, 3);
  kernel(loop, &step, count_down, inner, p.value);
  for (int times : {0, 4, 2}) expect(p.run(times), 3 * times);
}

// A handle that no node takes keeps the graph from being instantiated.
void unused_handle() {
  Program p;
  p.handle();
  kernel(p.graph, nullptr, add, p.sum, 1);
  cudaGraphInstantiateParams params{};
  expect(cudaGraphInstantiateWithParams(&p.exec, p.graph, &params) == cudaSuccess, 0);
  expect(params.result_out, cudaGraphInstantiateConditionalHandleUnused);
  cudaGetLastError();
  p.exec = nullptr;
}

}  // namespace

int main() {
  if_else();
  do_while();
  switch_captured();
  nested();
  unused_handle();
  return check::verdict("graph_conditional", wrong);
}

#else

int main() {
  return 77;
}

#endif
