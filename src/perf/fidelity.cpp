#include "src/perf/fidelity.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "src/base/environment.h"

namespace qiao::perf {
namespace {

struct Registry {
  std::mutex mutex;
  FidelityReport report;
};

// Never destroyed: programs launch and finish from atexit handlers.
Registry& registry() {
  static auto* instance = new Registry;
  return *instance;
}

std::atomic<bool> printed = false;

// One write, past stdio: the program may have closed or redirected its own streams' buffers by now. Several processes
// may write to the end of one file.
void append(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  [[maybe_unused]] ssize_t written = ::write(file, text.data(), text.size());
  ::close(file);
}

// `qiao run --fidelity=strict` looks there when the program has ended, however it has.
void mark(const std::string& what) {
  if (auto path = environment("QIAO_FIDELITY_MARK")) append(*path, what + "\n");
}

}  // namespace

FidelityMode fidelity_mode() {
  static const FidelityMode mode = [] {
    const std::string word = environment("QIAO_FIDELITY").value_or("0");
    if (word.empty() || word == "0") return FidelityMode::Off;
    return word == "strict" ? FidelityMode::Strict : FidelityMode::Report;
  }();
  return mode;
}

void record_inexact(const InexactInstruction& instruction, uint64_t executions) {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  std::vector<InexactTotals>& rows = all.report.inexact;
  auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& one) { return one.instruction == instruction; });
  if (row == rows.end()) {
    mark("inexact: " + instruction.text + " at PTX line " + std::to_string(instruction.ptx_line) + " in kernel " +
         instruction.kernel);
    rows.push_back({instruction, 0});
    row = rows.end() - 1;
  }
  row->executions += executions;
}

void record_unsupported(const std::string& reason) {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  std::vector<std::string>& reasons = all.report.unsupported;
  if (std::find(reasons.begin(), reasons.end(), reason) != reasons.end()) return;
  mark(reason);
  reasons.push_back(reason);
}

FidelityReport fidelity_report() {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  return all.report;
}

void reset_fidelity() {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  all.report = {};
}

void print_fidelity_at_exit() {
  if (fidelity_mode() == FidelityMode::Off || printed.exchange(true)) return;
  const FidelityReport report = fidelity_report();
  const std::string text = format_fidelity(report);
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  if (auto path = environment("QIAO_FIDELITY_JSON")) append(*path, fidelity_json(report));
}

}  // namespace qiao::perf
