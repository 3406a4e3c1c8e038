// Two reports compared, kernel by kernel, and conditions on what changed: `qiao prof diff`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/perf/report/expression.h"

namespace qiao::perf {

// What a document of qiao-prof-1 says of a kernel: the sums over its launches, of all processes.
struct KernelNumbers {
  std::string name;
  std::map<std::string, Value, std::less<>> values;  // "launches" among them
};

struct ReportNumbers {
  std::map<std::string, KernelNumbers> kernels;  // by mangled name
};

Result<ReportNumbers> read_report(const std::string& json);

struct Comparison {
  std::string text;                    // a table of what differs
  std::vector<std::string> failures;   // which condition holds for which kernel, with the numbers
  std::vector<std::string> undecided;  // conditions that could not be decided for a kernel of both reports
};

// InvalidValue for a condition that cannot be read, or that names a metric which no kernel of either report has.
Result<Comparison> compare(const ReportNumbers& before, const ReportNumbers& after,
                           const std::vector<std::string>& conditions);

}  // namespace qiao::perf
