// qiao trace: runs a program and writes down every CUDA call it makes, then what failed and what is not supported.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "src/base/environment.h"
#include "src/cli/start.h"
#include "src/cli/trace_wrapper.h"
#include "src/cli/verbs.h"
#include "src/compile/process.h"

namespace qiao::cli {
namespace {

struct TraceOptions {
  RunOptions run;
  bool json = false;
  bool summary = false;
  std::string out;
  std::string filter;
  std::vector<std::string> headers, libraries;
};

Result<void> set_output(const TraceOptions& options) {
  if (options.out.empty()) return {};
  std::error_code failed;
  const std::string path = std::filesystem::absolute(options.out, failed).string();
  std::FILE* file = std::fopen(path.c_str(), "w");  // processes append to it
  if (file == nullptr) return invalid(Code::OperatingSystem, "cannot write " + options.out);
  std::fclose(file);
  setenv("QIAO_TRACE_FILE", path.c_str(), 1);
  return {};
}

// The program as our child, because the wrappers' folder goes when it has ended.
int run_wrapped(const TraceOptions& options, const std::filesystem::path& program, std::vector<std::string> command) {
  const auto folder = compile::TemporaryFolder::create();
  if (!folder) return fail(kCannotRun, folder.error().message);
  std::string preload = environment("LD_PRELOAD").value_or("");
  for (std::size_t i = 0; i < options.headers.size(); ++i) {
    const auto made =
        make_wrapper(options.headers[i], options.libraries[i], folder->path(), "wrapper" + std::to_string(i));
    if (!made) return fail(kFailed, "--header " + options.headers[i] + ": " + made.error().message);
    preload += ":" + made->string();
  }
  setenv("LD_PRELOAD", preload.c_str(), 1);
  command[0] = program.string();
  const Result<int> code = compile::run_program(command);
  return code ? *code : fail(kCannotRun, code.error().message);
}

int trace(const std::vector<std::string>& command, const TraceOptions& options) {
  if (command.empty())
    return fail(kMisuse, "trace needs a program: qiao trace [OPTIONS] -- APP ARGS (see qiao trace --help)");
  if (command[0].starts_with("-"))
    return fail(kMisuse, "trace has no option " + command[0] + " (see qiao trace --help)");
  if (options.headers.size() != options.libraries.size())
    return fail(kMisuse, "each --header needs the --library that it describes, and the other way round");
  if (auto done = set_output(options); !done) return fail(kCannotRun, done.error().message);
  setenv("QIAO_TRACE", options.json ? "json" : "1", 1);
  if (options.summary) setenv("QIAO_TRACE_LINES", "0", 1);
  if (!options.filter.empty()) setenv("QIAO_TRACE_FILTER", options.filter.c_str(), 1);
  std::filesystem::path program;
  if (int code = set_environment(options.run)) return code;
  if (int code = prepare_program(command[0], program)) return code;
  return options.headers.empty() ? become(program, command) : run_wrapped(options, program, command);
}

}  // namespace

void add_trace(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes) {
  CLI::App* verb = app.add_subcommand("trace", "write down a program's CUDA calls: qiao trace [OPTIONS] -- APP ARGS");
  auto options = std::make_shared<TraceOptions>();
  add_run_options(*verb, options->run);
  verb->add_flag("--json", options->json, "a JSON object per line: calls, then a summary of each function");
  verb->add_option("--out", options->out, "write to FILE instead of stderr")->type_name("FILE");
  verb->add_option("--filter", options->filter,
                   "only the calls that fit: patterns separated by commas, those behind a '!' left out")
      ->type_name("PATTERNS");
  verb->add_flag("--summary", options->summary, "no calls, only the table of functions at the end");
  verb->add_option("--header", options->headers,
                   "also trace a library that Qiao has no list for, whose functions this header declares; needs Clang")
      ->type_name("FILE")
      ->allow_extra_args(false);
  verb->add_option("--library", options->libraries, "... and that library: libcufft.so.11, or a path")
      ->type_name("FILE")
      ->allow_extra_args(false);
  verb->prefix_command();
  verb->footer(
      "Each line: call, arguments, result, {what it stored}, [library, thread, duration]; calls inside a call come "
      "first,\n"
      "indented. The table at the end names what failed and what is not supported.\n"
      "Examples: qiao trace -- ./app    qiao trace --filter 'cudaMemcpy*,!*Async' --out calls -- ./app\n"
      "          qiao trace --header cufft.h --library libcufft.so.11 -- ./app");
  verb->final_callback([=, &chosen] {
    chosen = [command = program_words(*verb, after_dashes), options] { return trace(command, *options); };
  });
}

}  // namespace qiao::cli
