// A graph in the DOT language (cudaGraphDebugDotPrint). The text is ours: CUDA does not document its own.
#pragma once

#include <string>

#include "src/runtime/graph.h"

namespace qiao::runtime {

// `details`: parameters of nodes too. `handles`: the nodes' handles.
std::string dot_text(const Graph& graph, bool details, bool handles);

}  // namespace qiao::runtime
