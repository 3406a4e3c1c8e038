#include "src/cli/start.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "src/cli/program.h"
#include "src/cli/verbs.h"

namespace qiao::cli {

std::vector<std::string> program_words(const CLI::App& verb, const std::vector<std::string>& after_dashes) {
  std::vector<std::string> words = verb.remaining();
  if (!after_dashes.empty()) words.insert(words.end(), after_dashes.begin() + words.empty(), after_dashes.end());
  return words;
}

int set_environment(const RunOptions& options) {
  Result<std::vector<Variable>> variables = run_environment(options);
  if (!variables) return fail(exit_code(variables.error()), variables.error().message);
  for (const Variable& variable : *variables) setenv(variable.name.c_str(), variable.value.c_str(), 1);
  return 0;
}

int prepare_program(const std::string& name, std::filesystem::path& program) {
  Result<std::filesystem::path> found = find_program(name);
  if (!found) return fail(found.error().code == Code::FileNotFound ? kNotFound : kCannotRun, found.error().message);
  if (Result<void> fit = check_program(*found); !fit) return fail(kCannotRun, fit.error().message);
  if (std::string audit = audit_library(); !audit.empty()) setenv("LD_AUDIT", audit.c_str(), 1);
  program = *found;
  return 0;
}

int become(const std::filesystem::path& program, const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  return fail(kCannotRun, "cannot start " + program.string() + ": " + std::strerror(errno));
}

}  // namespace qiao::cli
