// The only door to spdlog. Everything goes to stderr, prefixed "qiao:"; QIAO_LOG = off|error|warn|info|debug|trace
// chooses the level (default warn). Messages are one line, built by the caller.
#pragma once

#include <string_view>

namespace qiao::log {

enum class Level { Trace, Debug, Info, Warn, Error };

bool enabled(Level level);
void write(Level level, std::string_view message);

inline void error(std::string_view message) {
  write(Level::Error, message);
}
inline void warn(std::string_view message) {
  write(Level::Warn, message);
}
inline void info(std::string_view message) {
  write(Level::Info, message);
}
inline void debug(std::string_view message) {
  write(Level::Debug, message);
}

// Says `message` at Warn the first time `key` is seen in this process, then never again.
void warn_once(std::string_view key, std::string_view message);

}  // namespace qiao::log
