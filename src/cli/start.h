// Starting a program on Qiao: what `qiao run`, `qiao cache warm` and `qiao bench` have in common. An answer of type int
// is an exit code: not 0 when what is wrong has been printed.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "src/cli/run_environment.h"

namespace qiao::cli {

// Program and arguments: what is left of the verb's words, then those behind a "--" before the program, which is ours
// (one behind it is the program's).
std::vector<std::string> program_words(const CLI::App& verb, const std::vector<std::string>& after_dashes);

// Sets the variables of `options` in our own environment, which the program takes over.
int set_environment(const RunOptions& options);

// Finds the program and looks whether Qiao can run it; then its environment has the audit library too.
int prepare_program(const std::string& name, std::filesystem::path& program);

// Returns only where the program cannot be started.
int become(const std::filesystem::path& program, const std::vector<std::string>& words);

}  // namespace qiao::cli
