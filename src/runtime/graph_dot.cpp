#include "src/runtime/graph_dot.h"

#include <sstream>

#include "src/runtime/graph_memory.h"

namespace qiao::runtime {
namespace {

struct Details {
  std::ostream& out;

  void operator()(const KernelWork& work) const {
    const hal::LaunchRequest& request = work.launch.request;
    out << "\\ngrid " << request.grid[0] << 'x' << request.grid[1] << 'x' << request.grid[2] << ", block "
        << request.block[0] << 'x' << request.block[1] << 'x' << request.block[2] << ", shared "
        << request.dynamic_shared_bytes << " bytes";
  }
  void operator()(const CopyWork& work) const {
    const Box& box = work.request.box;
    out << std::hex << "\\nfrom 0x" << work.request.from.address << " to 0x" << work.request.to.address << std::dec
        << "\\n"
        << box.width << 'x' << box.height << 'x' << box.depth << " bytes";
  }
  void operator()(const FillWork& work) const {
    const Box& box = work.request.box;
    out << std::hex << "\\n0x" << work.request.address << " value 0x" << work.request.value << std::dec << "\\n"
        << box.width << 'x' << box.height << " elements of " << work.request.element_bytes << " bytes";
  }
  void operator()(const HostWork& work) const {
    out << "\\nfunction " << reinterpret_cast<const void*>(work.function) << " data " << work.data;
  }
  void operator()(const AllocationWork& work) const { tell(*work.memory); }
  void operator()(const ReleaseWork& work) const { tell(*work.memory); }
  template <class Other>
  void operator()(const Other&) const {}

  void tell(const GraphMemory& memory) const {
    out << std::hex << "\\n0x" << memory.address() << std::dec << ", " << memory.bytes() << " bytes";
  }
};

std::string name_of(const GraphNode& node) {
  if (const auto* kernel = std::get_if<KernelWork>(&node.work)) return "kernel " + kernel->launch.kernel->name();
  if (const auto* library = std::get_if<LibraryWork>(&node.work)) return std::string("library call ") + library->name;
  switch (node.type()) {
    case NodeType::Copy:
      return "memcpy";
    case NodeType::Fill:
      return "memset";
    case NodeType::Host:
      return "host";
    case NodeType::Child:
      return "child graph";
    case NodeType::EventWait:
      return "event wait";
    case NodeType::EventRecord:
      return "event record";
    case NodeType::Allocation:
      return "memory allocation";
    case NodeType::Release:
      return "memory free";
    case NodeType::Conditional:
      return "conditional";
    default:
      return "empty";
  }
}

void write_graph(std::ostream& out, const Graph& graph, bool details, bool handles) {
  out << "subgraph cluster_" << graph.id() << " {\nlabel=\"graph_" << graph.id() << "\"\n";
  for (const auto& node : graph.nodes()) {
    out << "node_" << node->id() << " [shape=box label=\"" << name_of(*node);
    if (handles) out << "\\nhandle " << static_cast<const void*>(node.get());
    if (details) std::visit(Details{out}, node->work);
    out << "\"];\n";
  }
  for (const auto& node : graph.nodes()) {
    for (const GraphEdge& edge : node->dependents())
      out << "node_" << node->id() << " -> node_" << edge.node->id() << ";\n";
  }
  out << "}\n";
  for (const auto& node : graph.nodes()) {
    if (const auto* child = std::get_if<ChildWork>(&node->work)) write_graph(out, *child->graph, details, handles);
    if (const auto* conditional = std::get_if<ConditionalWork>(&node->work)) {
      for (const auto& body : conditional->bodies) write_graph(out, *body, details, handles);
    }
  }
}

}  // namespace

std::string dot_text(const Graph& graph, bool details, bool handles) {
  std::ostringstream out;
  out << "digraph dot {\n";
  write_graph(out, graph, details, handles);
  out << "}\n";
  return out.str();
}

}  // namespace qiao::runtime
