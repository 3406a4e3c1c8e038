// The document of qiao-prof-1 as a tree: for what writes it, and for the page that holds it.
#pragma once

#include <nlohmann/json.hpp>

#include "src/perf/report/report.h"

namespace qiao::perf {

nlohmann::ordered_json report_document(const RunReport& run);

}  // namespace qiao::perf
