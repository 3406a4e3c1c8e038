// qiao cc: builds a .cu file with Clang and our own headers.
#pragma once

namespace qiao::cli {

// argv[0] is "cc"; the rest is a compiler's command line. Returns the exit code.
int cc_main(int argc, char** argv);

}  // namespace qiao::cli
