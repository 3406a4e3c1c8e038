// qiao bench: runs the benchmark program (kernels/bench) as `qiao run` would, with one worker.
#pragma once

namespace qiao::cli {

// argv[0] is "bench"; the rest is the program's to read. Returns the exit code, if the program cannot be started.
int bench_main(int argc, char** argv);

}  // namespace qiao::cli
