// qiao env: the variables for those who start the program themselves: eval "$(qiao env)".
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "src/cli/run_environment.h"
#include "src/cli/verbs.h"

namespace qiao::cli {
namespace {

std::string quoted(const std::string& value) {
  std::string text = "'";
  for (char c : value) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

int print_variables(const RunOptions& options, bool as_json) {
  if (options.fidelity == "strict") return fail(kMisuse, "env cannot give an exit code: --fidelity=strict is run's");
  Result<std::vector<Variable>> variables = run_environment(options);
  if (!variables) return fail(exit_code(variables.error()), variables.error().message);
  nlohmann::ordered_json object;
  for (const Variable& variable : *variables) {
    object[variable.name] = variable.value;
    if (!as_json) std::printf("export %s=%s\n", variable.name.c_str(), quoted(variable.value).c_str());
  }
  if (as_json) std::printf("%s\n", object.dump(2).c_str());
  return 0;
}

}  // namespace

void add_env(CLI::App& app, Verb& chosen) {
  CLI::App* verb = app.add_subcommand("env", "print the variables which qiao run sets, for LD_PRELOAD by hand");
  auto options = std::make_shared<RunOptions>();
  auto as_json = std::make_shared<bool>(false);
  add_run_options(*verb, *options);
  verb->add_flag("--json", *as_json, "as a JSON object");
  verb->footer("Example: eval \"$(qiao env)\"; ./vectorAdd");
  verb->final_callback([=, &chosen] { chosen = [=] { return print_variables(*options, *as_json); }; });
}

}  // namespace qiao::cli
