// The qiao command: puts the verbs together. A wrong command line is one line on stderr and exit code 2.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "src/cli/bench.h"
#include "src/cli/cc.h"
#include "src/cli/verbs.h"

namespace qiao::cli {

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "qiao: %s\n", message.c_str());
  return code;
}

namespace {

// CLI11's messages may have several lines: the first says what is wrong.
std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

int parse_and_run(std::vector<std::string> words) {
  std::vector<std::string> after_dashes;
  if (auto dashes = std::find(words.begin(), words.end(), "--"); dashes != words.end()) {
    after_dashes.assign(dashes, words.end());
    words.erase(dashes, words.end());
  }
  CLI::App app("Qiao runs unmodified CUDA programs on an emulated SIMT chip.", "qiao");
  app.set_version_flag("--version", std::string("qiao ") + QIAO_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  Verb chosen;
  add_run(app, chosen, after_dashes);
  add_env(app, chosen);
  add_chips(app, chosen);
  app.add_subcommand("cc", "build a .cu file with Clang and Qiao's own headers (qiao cc --help)");
  add_cache(app, chosen, after_dashes);
  add_trace(app, chosen, after_dashes);
  add_isa(app, chosen);
  add_prof(app, chosen, after_dashes);
  app.add_subcommand("bench", "measure kernels against native code (qiao bench --help)");
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(words);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(kMisuse, first_line(error.what()) + " (see qiao --help)");
  }
  return chosen ? chosen() : kMisuse;
}

}  // namespace
}  // namespace qiao::cli

int main(int argc, char** argv) {
  // cc has a compiler's command line, and bench is a program of its own: theirs to read.
  if (argc > 1 && std::strcmp(argv[1], "cc") == 0) return qiao::cli::cc_main(argc - 1, argv + 1);
  if (argc > 1 && std::strcmp(argv[1], "bench") == 0) return qiao::cli::bench_main(argc - 1, argv + 1);
  // What prof can do without a program has words of its own; a program so named stands behind "--".
  if (argc > 2 && std::strcmp(argv[1], "prof") == 0)
    for (const char* tool : {"list", "explain", "diff", "calibrate"})
      if (std::strcmp(argv[2], tool) == 0) return qiao::cli::prof_tool_main({argv + 2, argv + argc});
  return qiao::cli::parse_and_run({argv + 1, argv + argc});
}
