// Perfetto's own format (TrackEvent): what report_trace() makes, for traces too large for a JSON viewer.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace qiao::perf {

// `events`: Chrome's trace events of report_trace.cpp, of the kinds M, X, i, C, s and f. A flow belongs to the slices
// that begin where its ends are.
std::string native_trace(const nlohmann::ordered_json& events);

}  // namespace qiao::perf
