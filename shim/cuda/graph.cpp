// Graphs of the driver API: what takes no parameter struct.
#include "shim/common/graphs.h"

#include "shim/common/graph_nodes.h"
#include "shim/common/graph_works.h"
#include "shim/cuda/graph_params.h"

namespace qiao::shim {

// clang-format off
CUresult Driver::cuGraphCreate(CUgraph* graph, unsigned int flags) { return driver_answer(create_graph(graph, flags)); }
CUresult Driver::cuGraphDestroy(CUgraph graph) { return driver_answer(destroy_graph(graph)); }
CUresult Driver::cuGraphDestroyNode(CUgraphNode node) { return driver_answer(destroy_node(node)); }
CUresult Driver::cuGraphClone(CUgraph* clone, CUgraph graph) { return driver_answer(clone_graph(clone, graph)); }
CUresult Driver::cuGraphNodeFindInClone(CUgraphNode* out, CUgraphNode node, CUgraph clone) { return driver_answer(find_in_clone(out, node, clone)); }
CUresult Driver::cuGraphNodeGetType(CUgraphNode node, CUgraphNodeType* type) { return driver_answer(node_type(node, reinterpret_cast<int*>(type))); }
CUresult Driver::cuGraphChildGraphNodeGetGraph(CUgraphNode node, CUgraph* graph) { return driver_answer(child_graph(node, graph)); }
CUresult Driver::cuGraphDebugDotPrint(CUgraph graph, const char* path, unsigned int flags) { return driver_answer(print_dot(graph, path, flags)); }

CUresult Driver::cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, size_t* count) { return driver_answer(list_nodes(graph, false, nodes, count)); }
CUresult Driver::cuGraphGetRootNodes(CUgraph graph, CUgraphNode* nodes, size_t* count) { return driver_answer(list_nodes(graph, true, nodes, count)); }
CUresult Driver::cuGraphGetEdges(CUgraph graph, CUgraphNode* from, CUgraphNode* to, size_t* count) { return driver_answer(list_edges(graph, from, to, nullptr, count)); }
CUresult Driver::cuGraphGetEdges_v2(CUgraph graph, CUgraphNode* from, CUgraphNode* to, CUgraphEdgeData* data, size_t* count) { return driver_answer(list_edges(graph, from, to, data, count)); }
CUresult Driver::cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode* nodes, size_t* count) { return driver_answer(list_neighbours(node, Side::Dependencies, nodes, nullptr, count)); }
CUresult Driver::cuGraphNodeGetDependencies_v2(CUgraphNode node, CUgraphNode* nodes, CUgraphEdgeData* data, size_t* count) { return driver_answer(list_neighbours(node, Side::Dependencies, nodes, data, count)); }
CUresult Driver::cuGraphNodeGetDependentNodes(CUgraphNode node, CUgraphNode* nodes, size_t* count) { return driver_answer(list_neighbours(node, Side::Dependents, nodes, nullptr, count)); }
CUresult Driver::cuGraphNodeGetDependentNodes_v2(CUgraphNode node, CUgraphNode* nodes, CUgraphEdgeData* data, size_t* count) { return driver_answer(list_neighbours(node, Side::Dependents, nodes, data, count)); }
CUresult Driver::cuGraphAddDependencies(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, size_t count) { return driver_answer(connect(graph, from, to, nullptr, count)); }
CUresult Driver::cuGraphAddDependencies_v2(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, const CUgraphEdgeData* data, size_t count) { return driver_answer(connect(graph, from, to, data, count)); }
CUresult Driver::cuGraphRemoveDependencies(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, size_t count) { return driver_answer(disconnect(graph, from, to, nullptr, count)); }
CUresult Driver::cuGraphRemoveDependencies_v2(CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, const CUgraphEdgeData* data, size_t count) { return driver_answer(disconnect(graph, from, to, data, count)); }

CUresult Driver::cuGraphEventRecordNodeGetEvent(CUgraphNode node, CUevent* event) { return driver_answer(node_event(node, true, event)); }
CUresult Driver::cuGraphEventWaitNodeGetEvent(CUgraphNode node, CUevent* event) { return driver_answer(node_event(node, false, event)); }
CUresult Driver::cuGraphMemFreeNodeGetParams(CUgraphNode node, CUdeviceptr* out) { return driver_answer(read_release(node, reinterpret_cast<uint64_t*>(out))); }
CUresult Driver::cuGraphKernelNodeCopyAttributes(CUgraphNode to, CUgraphNode from) { return driver_answer(copy_kernel_attributes(to, from)); }
CUresult Driver::cuGraphKernelNodeGetAttribute(CUgraphNode node, CUkernelNodeAttrID id, CUkernelNodeAttrValue* value) { return driver_answer(get_kernel_attribute(node, id, value)); }
CUresult Driver::cuGraphKernelNodeSetAttribute(CUgraphNode node, CUkernelNodeAttrID id, const CUkernelNodeAttrValue* value) { return driver_answer(set_kernel_attribute(node, id, value)); }

CUresult Driver::cuDeviceGetGraphMemAttribute(CUdevice device, CUgraphMem_attribute attribute, void* value) { return driver_answer(graph_memory_attribute(device, attribute, value)); }
CUresult Driver::cuDeviceSetGraphMemAttribute(CUdevice device, CUgraphMem_attribute attribute, void* value) { return driver_answer(set_graph_memory_attribute(device, attribute, value)); }
CUresult Driver::cuDeviceGraphMemTrim(CUdevice device) { return driver_answer(trim_graph_memory(device)); }

CUresult Driver::cuUserObjectCreate(CUuserObject* object, void* data, CUhostFn destroy, unsigned int count, unsigned int flags) { return driver_answer(create_user_object(object, data, destroy, count, flags)); }
CUresult Driver::cuUserObjectRetain(CUuserObject object, unsigned int count) { return driver_answer(retain_user_object(object, count)); }
CUresult Driver::cuUserObjectRelease(CUuserObject object, unsigned int count) { return driver_answer(release_user_object(object, count)); }
CUresult Driver::cuGraphRetainUserObject(CUgraph graph, CUuserObject object, unsigned int count, unsigned int flags) { return driver_answer(graph_retain(graph, object, count, flags)); }
CUresult Driver::cuGraphReleaseUserObject(CUgraph graph, CUuserObject object, unsigned int count) { return driver_answer(graph_release(graph, object, count)); }
// clang-format on

CUresult Driver::cuGraphConditionalHandleCreate(CUgraphConditionalHandle* handle, CUgraph graph, CUcontext context,
                                                unsigned int initial, unsigned int flags) {
  Result<std::shared_ptr<runtime::Context>> where = node_context(context);
  if (!where) return driver_answer(where.error());
  if (handle == nullptr) return CUDA_ERROR_INVALID_VALUE;
  unsigned long long made = 0;
  Result<void> done = create_conditional(&made, graph, initial, flags, **where);
  if (done) *handle = made;
  return driver_answer(done);
}

}  // namespace qiao::shim
