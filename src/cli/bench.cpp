#include "src/cli/bench.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "src/base/environment.h"
#include "src/base/install_tree.h"
#include "src/cli/run_environment.h"
#include "src/cli/verbs.h"

namespace qiao::cli {

int bench_main(int argc, char** argv) {
  const auto program = find_in_tree("bin/qiao_bench");
  if (!program) return fail(kCannotRun, "this installation has no bench: building it takes Clang 19 and libclc");
  RunOptions options;
  if (!environment("QIAO_WORKERS")) options.workers = 1;
  Result<std::vector<Variable>> variables = run_environment(options);
  if (!variables) return fail(exit_code(variables.error()), variables.error().message);
  for (const Variable& variable : *variables) setenv(variable.name.c_str(), variable.value.c_str(), 1);
  std::vector<char*> command(argv, argv + argc);
  command.push_back(nullptr);
  execv(program->c_str(), command.data());
  return fail(kCannotRun, "cannot start " + program->string() + ": " + std::strerror(errno));
}

}  // namespace qiao::cli
