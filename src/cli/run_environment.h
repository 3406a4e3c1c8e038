// What a program needs in its environment to run on Qiao: shared by `qiao run` and `qiao env`.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace qiao::cli {

struct RunOptions {
  std::string chip;
  std::string executor;
  std::string event_clock;  // "wall" or "model"; empty: wall
  std::string tier;
  std::string memory;
  std::string spill;  // a folder
  std::string log;
  std::string watchdog;       // seconds
  std::string fidelity;       // "report" or "strict"; empty: none
  std::string fidelity_json;  // a file
  unsigned workers = 0;
  unsigned devices = 0;  // 0: one for each chip
  bool counters = false;
  bool unchecked = false;
};

struct Variable {
  std::string name;
  std::string value;
};

// The options both verbs have.
void add_run_options(CLI::App& verb, RunOptions& options);

// "4G", "512M", "1048576": bytes; powers of 1024.
Result<std::uint64_t> parse_size(const std::string& text);

// The QIAO_* variables of `options`, checked, then LD_PRELOAD, with what the environment already preloads kept behind.
Result<std::vector<Variable>> run_environment(const RunOptions& options);

// Whether such an error is the command line's fault (kMisuse) or the installation's (kCannotRun).
int exit_code(const Error& error);

// LD_AUDIT's value: finds libraries asked for by absolute path or DT_RPATH; empty when the library is not installed.
std::string audit_library();

}  // namespace qiao::cli
