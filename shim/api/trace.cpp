// Where the trace goes, and its lines: QIAO_TRACE=1 (text) or json, QIAO_TRACE_FILE, QIAO_TRACE_FILTER (patterns of
// names, "!" before those to leave out), QIAO_TRACE_LINES=0 for the summary alone. One write per line, so that those of
// threads and processes do not mix. A call's line is written when it returns.
#include "shim/api/trace.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

#include "shim/api/trace_summary.h"
#include "shim/api/trace_text.h"
#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::shim {

bool tracing = environment("QIAO_TRACE").value_or("0") != "0";

namespace {

struct Settings {
  bool json = environment("QIAO_TRACE").value_or("") == "json";
  bool lines = environment("QIAO_TRACE_LINES").value_or("1") != "0";
  std::vector<std::string> patterns;
  int file = STDERR_FILENO;

  Settings() {
    const std::string filter = environment("QIAO_TRACE_FILTER").value_or("");
    for (size_t at = 0; at < filter.size();) {
      const size_t end = std::min(filter.find(',', at), filter.size());
      if (end > at) patterns.push_back(filter.substr(at, end - at));
      at = end + 1;
    }
    if (const auto path = environment("QIAO_TRACE_FILE")) {
      file = open(path->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
      if (file < 0) log::error("cannot write the trace to " + *path + ": " + strerror(errno));
    }
  }
};

const Settings& settings() {
  static const auto* made = new Settings;
  return *made;
}

void write_line(std::string line) {
  const bool marked = settings().file == STDERR_FILENO && !settings().json;
  line = (marked ? "qiao: " : "") + line + '\n';
  // Nothing can be done when it fails.
  if (settings().file >= 0) [[maybe_unused]]
    const ssize_t written = ::write(settings().file, line.data(), line.size());
}

// The last pattern that fits decides; without one that includes, everything is included.
bool is_wanted(const char* symbol) {
  if (!settings().lines) return false;
  bool wanted = settings().patterns.empty() || settings().patterns[0][0] == '!';
  for (const std::string& pattern : settings().patterns) {
    const bool leaves_out = pattern[0] == '!';
    if (fnmatch(pattern.c_str() + leaves_out, symbol, 0) == 0) wanted = !leaves_out;
  }
  return wanted;
}

uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return uint64_t(time.tv_sec) * 1000000000u + uint64_t(time.tv_nsec);
}

thread_local unsigned depth = 0;

void print_summary() {
  for (const std::string& line : summary_lines(settings().json)) write_line(line);
}

}  // namespace

TracedCall::TracedCall(const char* library, const char* symbol) : library_(library), symbol_(symbol), begin_(now()) {
  ++depth;
  static const bool registered = std::atexit(print_summary) == 0;
  (void)registered;
}

TracedCall::~TracedCall() {
  --depth;
}

void TracedCall::finish(std::vector<Shown> arguments, std::vector<Shown> outputs, const Shown& result, End end) {
  const uint64_t duration = now() - begin_;
  count_call(library_, symbol_, duration, result.text, end);
  if (!is_wanted(symbol_)) return;
  const CallLine line{library_, symbol_, begin_, duration, depth - 1, &arguments, &outputs, &result, end};
  write_line(settings().json ? json_line(line) : text_line(line));
}

void finish_traced(TracedCall& call, const Entry& entry, const Traced* arguments, unsigned count, const Traced* result,
                   TracedCall::End end) {
  std::vector<Shown> shown, outputs;
  std::string_view names = entry.arguments;
  names.remove_prefix(1);
  for (unsigned i = 0; i < count; ++i) {
    const size_t stop = names.find_first_of(",)");
    const std::string name(names.substr(0, stop));
    names.remove_prefix(std::min(names.size(), stop + 2));
    shown.push_back(show(name, arguments[i]));
    if (arguments[i].pointee && arguments[i].bits && end == TracedCall::End::Good)
      outputs.push_back(show(name, arguments[i].pointee(arguments[i].bits)));
  }
  call.finish(std::move(shown), std::move(outputs), result ? show("", *result) : Shown(), end);
}

void* begin_foreign(const char* library, const char* symbol) {
  return tracing ? std::make_unique<TracedCall>(library, symbol).release() : nullptr;
}

void end_foreign(void* handle, const qiao_value* arguments, uint32_t count, const qiao_value* result, int failed) {
  const std::unique_ptr<TracedCall> call(static_cast<TracedCall*>(handle));
  if (call == nullptr) return;
  std::vector<Shown> shown, outputs;
  for (uint32_t i = 0; i < count; ++i) {
    const qiao_value& value = arguments[i];
    (value.is_output ? outputs : shown).push_back({value.name, value.text, value.bare != 0});
  }
  call->finish(std::move(shown), std::move(outputs), result ? Shown{"", result->text, result->bare != 0} : Shown(),
               failed ? TracedCall::End::Failed : TracedCall::End::Good);
}

}  // namespace qiao::shim
