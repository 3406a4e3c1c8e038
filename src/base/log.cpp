#include "src/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <set>
#include <string>

#include "src/base/environment.h"

namespace qiao::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Trace:
      return spdlog::level::trace;
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warn:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Never destroyed: CUDA programs call us from atexit handlers.
spdlog::logger& logger() {
  static spdlog::logger* instance = [] {
    auto* made = new spdlog::logger("qiao", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("qiao: %l: %v");
    made->set_level(spdlog::level::from_str(environment("QIAO_LOG").value_or("warn")));
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

}  // namespace

bool enabled(Level level) {
  return logger().should_log(to_spdlog(level));
}

void write(Level level, std::string_view message) {
  logger().log(to_spdlog(level), "{}", message);
}

void warn_once(std::string_view key, std::string_view message) {
  static std::mutex* mutex = new std::mutex;
  static auto* seen = new std::set<std::string, std::less<>>;
  {
    std::lock_guard lock(*mutex);
    if (!seen->emplace(key).second) return;
  }
  warn(message);
}

}  // namespace qiao::log
