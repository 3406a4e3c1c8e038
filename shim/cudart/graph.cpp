// Graphs of the runtime API: what takes no parameter struct. Majors before 13 have other signatures where edge data
// came.
#include "shim/common/graphs.h"

#include "shim/common/graph_nodes.h"
#include "shim/common/graph_works.h"

namespace qiao::shim {

// clang-format off
cudaError_t Cudart::cudaGraphCreate(cudaGraph_t* graph, unsigned int flags) { return runtime_answer(create_graph(graph, flags)); }
cudaError_t Cudart::cudaGraphDestroy(cudaGraph_t graph) { return runtime_answer(destroy_graph(graph)); }
cudaError_t Cudart::cudaGraphDestroyNode(cudaGraphNode_t node) { return runtime_answer(destroy_node(node)); }
cudaError_t Cudart::cudaGraphClone(cudaGraph_t* clone, cudaGraph_t graph) { return runtime_answer(clone_graph(clone, graph)); }
cudaError_t Cudart::cudaGraphNodeFindInClone(cudaGraphNode_t* out, cudaGraphNode_t node, cudaGraph_t clone) { return runtime_answer(find_in_clone(out, node, clone)); }
cudaError_t Cudart::cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType* type) { return runtime_answer(node_type(node, reinterpret_cast<int*>(type))); }
cudaError_t Cudart::cudaGraphChildGraphNodeGetGraph(cudaGraphNode_t node, cudaGraph_t* graph) { return runtime_answer(child_graph(node, graph)); }

cudaError_t Cudart::cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count) { return runtime_answer(list_nodes(graph, false, nodes, count)); }
cudaError_t Cudart::cudaGraphGetRootNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count) { return runtime_answer(list_nodes(graph, true, nodes, count)); }
cudaError_t Cudart::cudaGraphGetEdges(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, cudaGraphEdgeData* data, size_t* count) { return runtime_answer(list_edges(graph, from, to, data, count)); }
cudaError_t Cudart::cudaGraphGetEdges_v2(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, cudaGraphEdgeData* data, size_t* count) { return runtime_answer(list_edges(graph, from, to, data, count)); }
cudaError_t Cudart::cudaGraphGetEdges_until13(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, size_t* count) { return runtime_answer(list_edges(graph, from, to, nullptr, count)); }
cudaError_t Cudart::cudaGraphNodeGetDependencies(cudaGraphNode_t node, cudaGraphNode_t* nodes, cudaGraphEdgeData* data, size_t* count) { return runtime_answer(list_neighbours(node, Side::Dependencies, nodes, data, count)); }
cudaError_t Cudart::cudaGraphNodeGetDependencies_v2(cudaGraphNode_t node, cudaGraphNode_t* nodes, cudaGraphEdgeData* data, size_t* count) { return runtime_answer(list_neighbours(node, Side::Dependencies, nodes, data, count)); }
cudaError_t Cudart::cudaGraphNodeGetDependencies_until13(cudaGraphNode_t node, cudaGraphNode_t* nodes, size_t* count) { return runtime_answer(list_neighbours(node, Side::Dependencies, nodes, nullptr, count)); }
cudaError_t Cudart::cudaGraphNodeGetDependentNodes(cudaGraphNode_t node, cudaGraphNode_t* nodes, cudaGraphEdgeData* data, size_t* count) { return runtime_answer(list_neighbours(node, Side::Dependents, nodes, data, count)); }
cudaError_t Cudart::cudaGraphNodeGetDependentNodes_v2(cudaGraphNode_t node, cudaGraphNode_t* nodes, cudaGraphEdgeData* data, size_t* count) { return runtime_answer(list_neighbours(node, Side::Dependents, nodes, data, count)); }
cudaError_t Cudart::cudaGraphNodeGetDependentNodes_until13(cudaGraphNode_t node, cudaGraphNode_t* nodes, size_t* count) { return runtime_answer(list_neighbours(node, Side::Dependents, nodes, nullptr, count)); }
cudaError_t Cudart::cudaGraphAddDependencies(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, const cudaGraphEdgeData* data, size_t count) { return runtime_answer(connect(graph, from, to, data, count)); }
cudaError_t Cudart::cudaGraphAddDependencies_v2(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, const cudaGraphEdgeData* data, size_t count) { return runtime_answer(connect(graph, from, to, data, count)); }
cudaError_t Cudart::cudaGraphAddDependencies_until13(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, size_t count) { return runtime_answer(connect(graph, from, to, nullptr, count)); }
cudaError_t Cudart::cudaGraphRemoveDependencies(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, const cudaGraphEdgeData* data, size_t count) { return runtime_answer(disconnect(graph, from, to, data, count)); }
cudaError_t Cudart::cudaGraphRemoveDependencies_v2(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, const cudaGraphEdgeData* data, size_t count) { return runtime_answer(disconnect(graph, from, to, data, count)); }
cudaError_t Cudart::cudaGraphRemoveDependencies_until13(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to, size_t count) { return runtime_answer(disconnect(graph, from, to, nullptr, count)); }

cudaError_t Cudart::cudaGraphEventRecordNodeGetEvent(cudaGraphNode_t node, cudaEvent_t* event) { return runtime_answer(node_event(node, true, event)); }
cudaError_t Cudart::cudaGraphEventWaitNodeGetEvent(cudaGraphNode_t node, cudaEvent_t* event) { return runtime_answer(node_event(node, false, event)); }
cudaError_t Cudart::cudaGraphKernelNodeCopyAttributes(cudaGraphNode_t to, cudaGraphNode_t from) { return runtime_answer(copy_kernel_attributes(to, from)); }
cudaError_t Cudart::cudaGraphKernelNodeGetAttribute(cudaGraphNode_t node, cudaLaunchAttributeID id, cudaLaunchAttributeValue* value) { return runtime_answer(get_kernel_attribute(node, id, value)); }
cudaError_t Cudart::cudaGraphKernelNodeSetAttribute(cudaGraphNode_t node, cudaLaunchAttributeID id, const cudaLaunchAttributeValue* value) { return runtime_answer(set_kernel_attribute(node, id, value)); }

cudaError_t Cudart::cudaGraphDebugDotPrint(cudaGraph_t graph, const char* path, unsigned int flags) { return runtime_answer(print_dot(graph, path, flags)); }
cudaError_t Cudart::cudaGraphMemFreeNodeGetParams(cudaGraphNode_t node, void* out) { return runtime_answer(read_release(node, static_cast<uint64_t*>(out))); }
cudaError_t Cudart::cudaGraphConditionalHandleCreate(cudaGraphConditionalHandle* handle, cudaGraph_t graph, unsigned int initial, unsigned int flags) { return in_runtime_context([&](runtime::Context& context) { return create_conditional(handle, graph, initial, flags, context); }); }
cudaError_t Cudart::cudaDeviceGetGraphMemAttribute(int device, cudaGraphMemAttributeType attribute, void* value) { return runtime_answer(graph_memory_attribute(device, attribute, value)); }
cudaError_t Cudart::cudaDeviceSetGraphMemAttribute(int device, cudaGraphMemAttributeType attribute, void* value) { return runtime_answer(set_graph_memory_attribute(device, attribute, value)); }
cudaError_t Cudart::cudaDeviceGraphMemTrim(int device) { return runtime_answer(trim_graph_memory(device)); }

cudaError_t Cudart::cudaUserObjectCreate(cudaUserObject_t* object, void* data, cudaHostFn_t destroy, unsigned int count, unsigned int flags) { return runtime_answer(create_user_object(object, data, destroy, count, flags)); }
cudaError_t Cudart::cudaUserObjectRetain(cudaUserObject_t object, unsigned int count) { return runtime_answer(retain_user_object(object, count)); }
cudaError_t Cudart::cudaUserObjectRelease(cudaUserObject_t object, unsigned int count) { return runtime_answer(release_user_object(object, count)); }
cudaError_t Cudart::cudaGraphRetainUserObject(cudaGraph_t graph, cudaUserObject_t object, unsigned int count, unsigned int flags) { return runtime_answer(graph_retain(graph, object, count, flags)); }
cudaError_t Cudart::cudaGraphReleaseUserObject(cudaGraph_t graph, cudaUserObject_t object, unsigned int count) { return runtime_answer(graph_release(graph, object, count)); }
// clang-format on

}  // namespace qiao::shim
