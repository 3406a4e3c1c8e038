// Stream capture as both libraries see it.
#pragma once

#include "shim/common/graphs.h"
#include "src/runtime/capture.h"

namespace qiao::shim {

Result<void> begin_capture(runtime::Context& context, const void* stream, DefaultStream kind, int mode);
Result<void> begin_capture_to(runtime::Context& context, const void* stream, DefaultStream kind, CUgraph graph,
                              const CUgraphNode* after, EdgeDataList data, size_t count, int mode);
Result<void> end_capture(runtime::Context& context, const void* stream, DefaultStream kind, CUgraph* out);
Result<void> is_capturing(runtime::Context& context, const void* stream, DefaultStream kind, int* status);

// Where the answers of a capture query go; any but the status may be null. Nodes asked for without edges
// are LossyQuery when their edges carry data.
struct CaptureQuery {
  int* status = nullptr;
  unsigned long long* id = nullptr;
  CUgraph* graph = nullptr;
  const CUgraphNode** nodes = nullptr;
  const void** edges = nullptr;
  size_t* count = nullptr;
};
Result<void> query_capture(runtime::Context& context, const void* stream, DefaultStream kind, const CaptureQuery& out);
Result<void> update_capture(runtime::Context& context, const void* stream, DefaultStream kind, const CUgraphNode* nodes,
                            EdgeDataList data, size_t count, unsigned flags);
Result<void> exchange_capture_mode(int* mode);

}  // namespace qiao::shim
