// The fidelity report as text and as JSON.
#include <nlohmann/json.hpp>

#include "src/perf/demangle.h"
#include "src/perf/fidelity.h"
#include "src/perf/table.h"

namespace qiao::perf {
namespace {

std::string reaches(const InexactInstruction& instruction) {
  if (instruction.reaches_address) return instruction.reaches_branch ? "address, branch" : "address";
  return instruction.reaches_branch ? "branch" : "";
}

}  // namespace

std::string format_fidelity(const FidelityReport& report) {
  std::string text;
  if (report.inexact.empty()) {
    text = "qiao: fidelity: every instruction that ran is exact\n";
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [instruction, executions] : report.inexact) {
      std::string where = demangled_name(instruction.function) + ":" + std::to_string(instruction.ptx_line);
      rows.push_back({demangled_name(instruction.kernel), where, instruction.text, with_commas(executions),
                      instruction.bound, reaches(instruction)});
    }
    text = "qiao: fidelity: these instructions that ran are not exact\n" +
           format_columns({{"kernel"}, {"PTX line"}, {"instruction"}, {"executions", true}, {"bound"}, {"can reach"}},
                          rows);
  }
  for (const std::string& reason : report.unsupported) text += "qiao: fidelity: not run: " + reason + "\n";
  return text;
}

std::string fidelity_json(const FidelityReport& report) {
  using nlohmann::ordered_json;
  ordered_json inexact = ordered_json::array();
  for (const auto& [instruction, executions] : report.inexact) {
    inexact.push_back({{"kernel", instruction.kernel},
                       {"function", instruction.function},
                       {"ptx_line", instruction.ptx_line},
                       {"instruction", instruction.text},
                       {"executions", executions},
                       {"bound", instruction.bound},
                       {"reaches_address", instruction.reaches_address},
                       {"reaches_branch", instruction.reaches_branch}});
  }
  const ordered_json object = {{"inexact", inexact}, {"unsupported", report.unsupported}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace qiao::perf
