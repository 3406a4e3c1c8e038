#include "kernels/bench/host/progress.h"

#include <unistd.h>

#include <cstdio>

namespace qiao::bench {

void progress(const std::string& what) {
  if (isatty(2) != 0) {
    std::fprintf(stderr, "\r\033[K%s%s", what.empty() ? "" : "bench: ", what.c_str());
  } else if (!what.empty()) {
    std::fprintf(stderr, "bench: %s\n", what.c_str());
  }
}

}  // namespace qiao::bench
