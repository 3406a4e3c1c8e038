// Stacks for flame graphs (flamegraph.pl, speedscope).
#include <map>

#include "src/perf/report/report_text.h"

namespace qiao::perf {
namespace {

// Semicolons separate frames.
std::string frame(std::string text) {
  for (char& c : text)
    if (c == ';' || c == '\n') c = ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string frames_of(const std::string& range) {
  std::string frames;
  for (size_t start = 0; start < range.size();) {
    const size_t end = std::min(range.find('/', start), range.size());
    frames += frame(range.substr(start, end - start)) + ";";
    start = end + 1;
  }
  return frames;
}

uint64_t weight(const Measured& measured) {
  return measured.counters[measured.has_warps ? Counter::inst_warp : Counter::inst_thread];
}

}  // namespace

// Source lines are kept per kernel, not per launch: with them, ranges are left out.
std::string folded_text(const RunReport& run) {
  std::map<std::string, uint64_t> stacks;
  for (const ProcessReport& process : run.processes) {
    const std::string root =
        frame(process.recording.command.empty() ? std::to_string(process.recording.pid) : process.recording.command[0]);
    for (const KernelReport& kernel : process.kernels) {
      for (const InstructionProfile& line : kernel.source) {
        const std::string place = line.file.empty() ? "" : frame(line.file + ":" + std::to_string(line.line)) + ";";
        stacks[root + ";" + frame(kernel.name) + ";" + place + frame(line.text)] +=
            kernel.total.has_warps ? line.warps : line.threads;
      }
      if (!kernel.source.empty()) continue;
      for (const LaunchReport& launch : kernel.launches)
        stacks[root + ";" + frames_of(launch.profile.range) + frame(kernel.name)] += weight(launch.measured());
    }
  }
  std::string text;
  for (const auto& [stack, count] : stacks)
    if (count != 0) text += stack + " " + std::to_string(count) + "\n";
  return text;
}

}  // namespace qiao::perf
