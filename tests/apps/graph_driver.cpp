// A driver-API program that captures a graph, changes it node by node, and updates what it instantiated.
//   graph_driver [symbols|proc-address]
#include <cmath>
#include <cstring>
#include <vector>

#include "driver_api.h"
#include "scale_ptx.h"

using CUgraph = struct CUgraph_st*;
using CUgraphNode = struct CUgraphNode_st*;
using CUgraphExec = struct CUgraphExec_st*;

namespace {

// CUDA_KERNEL_NODE_PARAMS_v2, CUDA_MEMSET_NODE_PARAMS, CUgraphExecUpdateResultInfo.
struct KernelParams {
  CUfunction function;
  unsigned grid[3], block[3], shared;
  void **parameters, **extra;
  void *kernel, *context;
};
struct FillParams {
  CUdeviceptr address;
  std::size_t pitch;
  unsigned value, element_bytes;
  std::size_t width, height;
};
struct UpdateInfo {
  int result;
  CUgraphNode node, from;
};

constexpr int kNonBlocking = 1;
constexpr int kCaptureGlobal = 0;
constexpr int kTypeKernel = 0, kTypeFill = 2;
constexpr CUresult kCaptureUnsupported = 900, kCaptureInvalidated = 901, kUpdateFailure = 910;

struct Graphs {
  CUresult (*stream_create)(CUstream*, unsigned);
  CUresult (*stream_synchronize)(CUstream);
  CUresult (*begin)(CUstream, int);
  CUresult (*end)(CUstream, CUgraph*);
  CUresult (*memset_async)(CUdeviceptr, unsigned, std::size_t, CUstream);
  CUresult (*create)(CUgraph*, unsigned);
  CUresult (*destroy)(CUgraph);
  CUresult (*nodes)(CUgraph, CUgraphNode*, std::size_t*);
  CUresult (*type)(CUgraphNode, int*);
  CUresult (*add_kernel)(CUgraphNode*, CUgraph, const CUgraphNode*, std::size_t, const KernelParams*);
  CUresult (*add_fill)(CUgraphNode*, CUgraph, const CUgraphNode*, std::size_t, const FillParams*, CUcontext);
  CUresult (*get_kernel)(CUgraphNode, KernelParams*);
  CUresult (*instantiate)(CUgraphExec*, CUgraph, unsigned long long);
  CUresult (*exec_kernel)(CUgraphExec, CUgraphNode, const KernelParams*);
  CUresult (*update)(CUgraphExec, CUgraph, UpdateInfo*);
  CUresult (*launch)(CUgraphExec, CUstream);
  CUresult (*exec_destroy)(CUgraphExec);
  CUresult (*context_get)(CUcontext*);
};

Graphs open_graphs(Lookup lookup) {
  const DriverFunctions find(lookup);
  Graphs g;
  find(g.stream_create, "cuStreamCreate", "cuStreamCreate");
  find(g.stream_synchronize, "cuStreamSynchronize", "cuStreamSynchronize");
  find(g.begin, "cuStreamBeginCapture", "cuStreamBeginCapture_v2");
  find(g.end, "cuStreamEndCapture", "cuStreamEndCapture");
  find(g.memset_async, "cuMemsetD32Async", "cuMemsetD32Async");
  find(g.create, "cuGraphCreate", "cuGraphCreate");
  find(g.destroy, "cuGraphDestroy", "cuGraphDestroy");
  find(g.nodes, "cuGraphGetNodes", "cuGraphGetNodes");
  find(g.type, "cuGraphNodeGetType", "cuGraphNodeGetType");
  find(g.add_kernel, "cuGraphAddKernelNode", "cuGraphAddKernelNode_v2");
  find(g.add_fill, "cuGraphAddMemsetNode", "cuGraphAddMemsetNode");
  find(g.get_kernel, "cuGraphKernelNodeGetParams", "cuGraphKernelNodeGetParams_v2");
  find(g.instantiate, "cuGraphInstantiateWithFlags", "cuGraphInstantiateWithFlags");
  find(g.exec_kernel, "cuGraphExecKernelNodeSetParams", "cuGraphExecKernelNodeSetParams_v2");
  find(g.update, "cuGraphExecUpdate", "cuGraphExecUpdate_v2");
  find(g.launch, "cuGraphLaunch", "cuGraphLaunch");
  find(g.exec_destroy, "cuGraphExecDestroy", "cuGraphExecDestroy");
  find(g.context_get, "cuCtxGetCurrent", "cuCtxGetCurrent");
  return g;
}

constexpr unsigned kCount = 600;
long wrong = 0;

void expect(bool truth, int line = __builtin_LINE()) {
  if (truth) return;
  ++wrong;
  std::fprintf(stderr, "line %d: not true\n", line);
}

struct Program {
  Driver driver;
  Graphs g;
  CUfunction kernel = nullptr;
  CUstream stream = nullptr;
  CUdeviceptr x = 0, y = 0;
  float factor = 2;
  unsigned limit = kCount;
  void* arguments[4] = {&x, &y, &factor, &limit};

  void run(CUgraphExec exec, float want, int line = __builtin_LINE()) {
    must(driver, g.launch(exec, stream), line);
    must(driver, g.stream_synchronize(stream), line);
    std::vector<float> got(kCount);
    must(driver, driver.memcpy_to_host(got.data(), y, kCount * sizeof(float)), line);
    for (float value : got) wrong += value != want;
  }
  KernelParams params() {
    return {kernel, {(kCount + 127) / 128, 1, 1}, {128, 1, 1}, 0, arguments, nullptr, nullptr, nullptr};
  }
};

// y = factor * x + 3, x filled with ones by the graph.
void captured(Program& p, CUgraphExec* exec, CUgraph* graph) {
  const Driver& driver = p.driver;
  must(driver, p.g.begin(p.stream, kCaptureGlobal));
  must(driver, p.g.memset_async(p.x, 0x3f800000, kCount, p.stream));
  must(driver,
       driver.launch_kernel(p.kernel, (kCount + 127) / 128, 1, 1, 128, 1, 1, 0, p.stream, p.arguments, nullptr));
  must(driver, p.g.end(p.stream, graph));
  must(driver, p.g.instantiate(exec, *graph, 0));
  p.run(*exec, 5);
  CUgraphNode nodes[2];
  std::size_t count = 2;
  must(driver, p.g.nodes(*graph, nodes, &count));
  int types[2];
  for (int i = 0; i < 2; ++i) must(driver, p.g.type(nodes[i], &types[i]));
  expect(types[0] == kTypeFill && types[1] == kTypeKernel);
  KernelParams shown;
  must(driver, p.g.get_kernel(nodes[1], &shown));
  expect(shown.function == p.kernel && shown.grid[0] == (kCount + 127) / 128 && shown.block[0] == 128);
  expect(*static_cast<float*>(shown.parameters[2]) == 2);
  p.factor = 10;
  KernelParams changed = p.params();
  must(driver, p.g.exec_kernel(*exec, nodes[1], &changed));
  p.run(*exec, 13);
}

void updated(Program& p, CUgraphExec exec) {
  const Driver& driver = p.driver;
  CUgraph graph = nullptr;
  CUcontext context = nullptr;
  must(driver, p.g.context_get(&context));
  must(driver, p.g.create(&graph, 0));
  FillParams fill{p.x, 0, 0x40000000, 4, kCount, 1};
  CUgraphNode first, second, third;
  must(driver, p.g.add_fill(&first, graph, nullptr, 0, &fill, context));
  p.factor = 4;
  KernelParams params = p.params();
  must(driver, p.g.add_kernel(&second, graph, &first, 1, &params));
  UpdateInfo info{};
  must(driver, p.g.update(exec, graph, &info));
  expect(info.result == 0);
  p.run(exec, 11);
  must(driver, p.g.add_kernel(&third, graph, &second, 1, &params));
  expect(p.g.update(exec, graph, &info) == kUpdateFailure && info.result == 2);
  must(driver, p.g.destroy(graph));
}

}  // namespace

int main(int argc, char** argv) {
  const bool by_address = argc > 1 && std::strcmp(argv[1], "proc-address") == 0;
  Program p{open_driver(), open_graphs(by_address ? Lookup::ProcAddress : Lookup::Symbols)};
  make_context(p.driver);
  CUmodule module = nullptr;
  must(p.driver, p.driver.module_load_data(&module, kScalePtx));
  must(p.driver, p.driver.module_get_function(&p.kernel, module, "scale"));
  must(p.driver, p.driver.mem_alloc(&p.x, kCount * sizeof(float)));
  must(p.driver, p.driver.mem_alloc(&p.y, kCount * sizeof(float)));
  must(p.driver, p.g.stream_create(&p.stream, kNonBlocking));
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  captured(p, &exec, &graph);
  updated(p, exec);
  must(p.driver, p.g.begin(p.stream, kCaptureGlobal));
  expect(p.driver.context_synchronize() == kCaptureUnsupported);
  CUgraph none = graph;
  expect(p.g.end(p.stream, &none) == kCaptureInvalidated && none == nullptr);
  must(p.driver, p.g.exec_destroy(exec));
  must(p.driver, p.g.destroy(graph));
  for (CUdeviceptr memory : {p.x, p.y}) must(p.driver, p.driver.mem_free(memory));
  std::printf("graph_driver: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
