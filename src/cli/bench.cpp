#include "src/cli/bench.h"

#include "src/base/environment.h"
#include "src/base/install_tree.h"
#include "src/cli/start.h"
#include "src/cli/verbs.h"

namespace qiao::cli {

int bench_main(int argc, char** argv) {
  const auto program = find_in_tree("bin/qiao_bench");
  if (!program) return fail(kCannotRun, "this installation has no bench: building it takes Clang 19 and libclc");
  RunOptions options;
  if (!environment("QIAO_WORKERS")) options.workers = 1;
  if (int code = set_environment(options)) return code;
  return become(*program, {argv, argv + argc});
}

}  // namespace qiao::cli
