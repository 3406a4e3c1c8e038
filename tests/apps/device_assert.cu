// A device assertion that fails: CUDA's line on stderr for each failing thread, cudaErrorAssert at the synchronisation
// and ever after, and the program lives on.
#include <cassert>
#include <cstring>
#include <string>
#include <unistd.h>

#include "check.h"

__global__ void check_bound(int bound) {
  int index = blockIdx.x * blockDim.x + threadIdx.x;
  assert(index < bound);
}

int main() {
  std::FILE* caught = std::tmpfile();
  int real_stderr = dup(2);
  dup2(fileno(caught), 2);
  check_bound<<<2, 32>>>(61);
  cudaError_t got = cudaDeviceSynchronize();
  cudaError_t again = cudaDeviceSynchronize();
  dup2(real_stderr, 2);

  std::string text(1 << 16, '\0');
  std::rewind(caught);
  text.resize(std::fread(&text[0], 1, text.size(), caught));
  int lines = 0;
  for (int thread = 29; thread < 32; ++thread) {
    std::string want = "block: [1,0,0], thread: [" + std::to_string(thread) + ",0,0] Assertion `index < bound` failed.";
    lines += text.find(want) != std::string::npos;
  }
  bool right = got == cudaErrorAssert && again == cudaErrorAssert && lines == 3 &&
               text.find("thread: [28,0,0]") == std::string::npos;
  std::printf("device_assert: %s, then %s, %d of 3 lines: %s\n", cudaGetErrorName(got), cudaGetErrorName(again), lines,
              right ? "PASS" : "FAIL");
  return right ? 0 : 1;
}
