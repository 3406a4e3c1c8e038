// qiao run: sets the environment and becomes the program: same process, its exit code and signals are its own.
#include <cstdlib>
#include <fstream>
#include <memory>

#include "src/compile/process.h"
#include "src/cli/start.h"
#include "src/cli/verbs.h"

namespace qiao::cli {
namespace {

// The program as our child: what ran in it that was not exact has left a mark, however it ended.
int run_strictly(const std::filesystem::path& program, std::vector<std::string> command) {
  Result<compile::TemporaryFolder> folder = compile::TemporaryFolder::create();
  if (!folder) return fail(kCannotRun, folder.error().message);
  const std::filesystem::path mark = folder->path() / "mark";
  setenv("QIAO_FIDELITY_MARK", mark.c_str(), 1);
  command[0] = program.string();
  Result<int> code = compile::run_program(command);
  if (!code) return fail(kCannotRun, code.error().message);
  std::ifstream file(mark);
  std::string first;
  if (*code != 0 || !std::getline(file, first)) return *code;
  return fail(kInexact, "--fidelity=strict: " + first);
}

int run(const std::vector<std::string>& command, const RunOptions& options) {
  if (command.empty())
    return fail(kMisuse, "run needs a program: qiao run [OPTIONS] -- APP ARGS (see qiao run --help)");
  if (command[0].starts_with("-")) return fail(kMisuse, "run has no option " + command[0] + " (see qiao run --help)");
  std::filesystem::path program;
  if (int code = set_environment(options)) return code;
  if (int code = prepare_program(command[0], program)) return code;
  return options.fidelity == "strict" ? run_strictly(program, command) : become(program, command);
}

}  // namespace

void add_run(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes) {
  CLI::App* verb = app.add_subcommand("run", "run a CUDA program on the emulated chip: qiao run [OPTIONS] -- APP ARGS");
  auto options = std::make_shared<RunOptions>();
  add_run_options(*verb, *options);
  verb->prefix_command();  // everything from the program's name on is the program's
  verb->footer("The exit code and the signals are the program's own. Example: qiao run --counters -- ./vectorAdd");
  verb->final_callback([=, &chosen] {
    chosen = [command = program_words(*verb, after_dashes), options] { return run(command, *options); };
  });
}

}  // namespace qiao::cli
