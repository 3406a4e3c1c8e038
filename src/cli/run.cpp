// qiao run: sets the environment and becomes the program: same process, its exit code and signals are its own.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include "src/cli/process.h"
#include "src/cli/program.h"
#include "src/cli/run_environment.h"
#include "src/cli/verbs.h"

namespace qiao::cli {
namespace {

// The program as our child: what ran in it that was not exact has left a mark, however it ended.
int run_strictly(const std::filesystem::path& program, std::vector<std::string> command) {
  Result<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder) return fail(kCannotRun, folder.error().message);
  const std::filesystem::path mark = folder->path() / "mark";
  setenv("QIAO_FIDELITY_MARK", mark.c_str(), 1);
  command[0] = program.string();
  Result<int> code = run_program(command);
  if (!code) return fail(kCannotRun, code.error().message);
  std::ifstream file(mark);
  std::string first;
  if (*code != 0 || !std::getline(file, first)) return *code;
  return fail(kInexact, "--fidelity=strict: " + first);
}

int become(const std::vector<std::string>& command, const RunOptions& options) {
  if (command.empty())
    return fail(kMisuse, "run needs a program: qiao run [OPTIONS] -- APP ARGS (see qiao run --help)");
  if (command[0].starts_with("-")) return fail(kMisuse, "run has no option " + command[0] + " (see qiao run --help)");
  Result<std::vector<Variable>> variables = run_environment(options);
  if (!variables) return fail(exit_code(variables.error()), variables.error().message);
  Result<std::filesystem::path> program = find_program(command[0]);
  if (!program)
    return fail(program.error().code == Code::FileNotFound ? kNotFound : kCannotRun, program.error().message);
  if (Result<void> fit = check_program(*program); !fit) return fail(kCannotRun, fit.error().message);

  for (const Variable& variable : *variables) setenv(variable.name.c_str(), variable.value.c_str(), 1);
  if (std::string audit = audit_library(); !audit.empty()) setenv("LD_AUDIT", audit.c_str(), 1);
  if (options.fidelity == "strict") return run_strictly(*program, command);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(program->c_str(), arguments.data());
  return fail(kCannotRun, "cannot start " + program->string() + ": " + std::strerror(errno));
}

}  // namespace

void add_run(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes) {
  CLI::App* verb = app.add_subcommand("run", "run a CUDA program on the emulated chip: qiao run [OPTIONS] -- APP ARGS");
  auto options = std::make_shared<RunOptions>();
  add_run_options(*verb, *options);
  verb->prefix_command();  // everything from the program's name on is the program's
  verb->footer("The exit code and the signals are the program's own. Example: qiao run --counters -- ./vectorAdd");
  verb->final_callback([=, &chosen] {
    std::vector<std::string> command = verb->remaining();
    // A "--" before the program is ours, one behind it is the program's.
    if (!after_dashes.empty())
      command.insert(command.end(), after_dashes.begin() + command.empty(), after_dashes.end());
    chosen = [command, options] { return become(command, *options); };
  });
}

}  // namespace qiao::cli
