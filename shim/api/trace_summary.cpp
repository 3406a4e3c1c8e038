#include "shim/api/trace_summary.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "shim/api/table.h"
#include "shim/api/trace_text.h"

namespace qiao::shim {
namespace {

struct Counted {
  std::string library;
  uint64_t calls = 0, nanoseconds = 0;
  bool missing = false;
  std::map<std::string, uint64_t> failures;  // by result
};

struct Counts {
  std::mutex mutex;
  std::map<std::string, Counted> functions;
};

Counts& counts() {
  static auto* made = new Counts;  // never destroyed: programs call from atexit handlers
  return *made;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string right(const std::string& text, size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

const char* note_on(const std::string& symbol) {
  const char* note = driver_note(symbol);
  if (note == nullptr) note = cudart_note(symbol);
  return note != nullptr ? note : "unimplemented";
}

uint64_t failed_calls(const Counted& counted) {
  uint64_t sum = 0;
  for (const auto& [result, times] : counted.failures) sum += times;
  return sum;
}

void add_table(const std::map<std::string, Counted>& functions, std::vector<std::string>& lines) {
  constexpr size_t kName = 36, kLibrary = 12, kNumber = 10;
  uint64_t calls = 0, failed = 0, missing = 0;
  for (const auto& [name, counted] : functions) {
    calls += counted.calls;
    failed += failed_calls(counted);
    missing += counted.missing;
  }
  lines.push_back("trace: " + std::to_string(calls) + " calls of " + std::to_string(functions.size()) + " functions, " +
                  std::to_string(failed) + " failed, " + std::to_string(missing) + " functions not supported");
  lines.push_back("trace:   " + padded("function", kName) + padded("library", kLibrary) + right("calls", kNumber) +
                  right("failed", kNumber) + right("time", kNumber + 2));
  for (const auto& [name, counted] : functions) {
    lines.push_back("trace:   " + padded(name, kName) + padded(counted.library, kLibrary) +
                    right(std::to_string(counted.calls), kNumber) +
                    right(std::to_string(failed_calls(counted)), kNumber) +
                    right(duration_text(counted.nanoseconds), kNumber + 2));
  }
  for (const auto& [name, counted] : functions) {
    for (const auto& [result, times] : counted.failures)
      if (!counted.missing)
        lines.push_back("trace: failed: " + name + " = " + result + ", " + std::to_string(times) + " times");
  }
  for (const auto& [name, counted] : functions) {
    if (counted.missing)
      lines.push_back("trace: not supported: " + name + ", " + std::to_string(counted.calls) +
                      " calls: " + note_on(name));
  }
}

std::string json_summary(const std::string& name, const Counted& counted) {
  std::string failures;
  for (const auto& [result, times] : counted.failures)
    failures += (failures.empty() ? "" : ",") + json_string(result) + ":" + std::to_string(times);
  std::string line = "{\"summary\":" + json_string(name) + ",\"library\":" + json_string(counted.library) +
                     ",\"calls\":" + std::to_string(counted.calls) +
                     ",\"total_us\":" + std::to_string(counted.nanoseconds / 1000) + ",\"failures\":{" + failures + "}";
  line += std::string(",\"supported\":") + (counted.missing ? "false" : "true");
  if (counted.missing) line += ",\"note\":" + json_string(note_on(name));
  return line + "}";
}

}  // namespace

void count_call(const char* library, const char* symbol, uint64_t nanoseconds, const std::string& result,
                TracedCall::End end) {
  Counts& all = counts();
  std::lock_guard lock(all.mutex);
  Counted& counted = all.functions[symbol];
  counted.library = library;
  ++counted.calls;
  counted.nanoseconds += nanoseconds;
  if (end != TracedCall::End::Good) ++counted.failures[result];
  counted.missing |= end == TracedCall::End::Missing;
}

std::vector<std::string> summary_lines(bool json) {
  Counts& all = counts();
  std::lock_guard lock(all.mutex);
  std::vector<std::string> lines;
  if (!json) add_table(all.functions, lines);
  for (const auto& [name, counted] : all.functions) {
    if (json) lines.push_back(json_summary(name, counted));
  }
  return lines;
}

}  // namespace qiao::shim
