// The verbs of the qiao command: each file of this folder adds its own subcommand, with its options and what it does.
// A verb returns the exit code: 0, kFailed for what went wrong, kMisuse for a wrong command line.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace qiao::cli {

inline constexpr int kFailed = 1;
inline constexpr int kMisuse = 2;
inline constexpr int kInexact = 3;      // --fidelity=strict
inline constexpr int kCannotRun = 126;  // as the shell says it
inline constexpr int kNotFound = 127;

using Verb = std::function<int()>;

// Each adds its subcommand to `app` and, when it was the one on the command line, leaves what to do in `chosen`.
// `after_dashes`: the words behind a "--" on the command line, which no option parser may touch.
void add_run(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes);
void add_env(CLI::App& app, Verb& chosen);
void add_chips(CLI::App& app, Verb& chosen);
void add_cache(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes);
void add_trace(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes);
void add_isa(CLI::App& app, Verb& chosen);
void add_prof(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes);

// qiao prof list, explain, diff: `words` begins with one of these.
int prof_tool_main(const std::vector<std::string>& words);

// One line on stderr; returns `code`.
int fail(int code, const std::string& message);

}  // namespace qiao::cli
