// Where in the source a kernel's counts come from.
#include <algorithm>
#include <map>

#include "src/perf/demangle.h"
#include "src/perf/report/report_text.h"
#include "src/perf/table.h"

namespace qiao::perf {
namespace {

const std::vector<Column> kNumbers = {{"warps (ptx)", true}, {"lanes (ptx)", true}, {"lanes on (ptx)", true},
                                      {"diverged", true},    {"requests", true},    {"sectors", true},
                                      {"excess", true},      {"wavefronts", true},  {"excess", true}};

std::string count(uint64_t number) {
  return number == 0 ? "-" : with_commas(number);
}

uint64_t beyond(uint64_t value, uint64_t ideal) {
  return value - std::min(value, ideal);
}

std::vector<std::string> numbers_of(const InstructionProfile& line) {
  return {count(line.warps),
          count(line.threads),
          count(line.threads_on),
          count(line.diverged),
          count(line.requests),
          count(line.sectors),
          count(beyond(line.sectors, line.ideal_sectors)),
          count(line.wavefronts),
          count(beyond(line.wavefronts, line.ideal_wavefronts))};
}

std::vector<Column> titled(std::initializer_list<Column> first, const char* last) {
  std::vector<Column> columns = first;
  columns.insert(columns.end(), kNumbers.begin(), kNumbers.end());
  columns.push_back({last});
  return columns;
}

}  // namespace

std::string source_text(const KernelReport& kernel) {
  if (kernel.source.empty()) return {};
  std::map<std::pair<std::string, uint32_t>, InstructionProfile> lines;
  std::vector<std::vector<std::string>> rows;
  for (const InstructionProfile& line : kernel.source) {
    add_instruction(lines[{line.file, line.line}], line);
    const bool elsewhere = line.function != kernel.mangled;
    std::vector<std::string> row = {std::to_string(line.ptx_line)};
    for (std::string& number : numbers_of(line)) row.push_back(std::move(number));
    row.push_back(line.text + (elsewhere ? "  // in " + demangled_name(line.function) : ""));
    rows.push_back(std::move(row));
  }
  std::string text = "\nSource of " + kernel.name + "\n";
  const bool known = lines.size() > 1 || !lines.begin()->first.first.empty();
  if (known) {
    std::vector<std::vector<std::string>> by_line;
    for (const auto& [place, line] : lines) {
      std::vector<std::string> row = numbers_of(line);
      row.push_back(place.first.empty() ? "(no .loc)" : place.first + ":" + std::to_string(place.second));
      by_line.push_back(std::move(row));
    }
    text += format_columns(titled({}, "line"), by_line) + "\n";
  } else {
    text += "  (the PTX has no .loc: compile with -lineinfo for lines of the source)\n";
  }
  return text + format_columns(titled({{"PTX line", true}}, "instruction"), rows);
}

}  // namespace qiao::perf
