// The PTX texts that the build embedded (images.S), by name: "nbody.clang-fast".
#pragma once

namespace qiao::bench {

struct Image {
  const char* name;
  const char* text;
};

}  // namespace qiao::bench

extern "C" {
// Ends with an image that has no name.
extern const qiao::bench::Image qiao_bench_images[];
}
