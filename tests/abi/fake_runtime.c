/* A stand-in for a statically linked CUDA runtime: the entry points by name, each with room for a jump, answering
   "fake". QIAO_FAKE_VERSION is the version it holds. */
#include <stddef.h>

/* noipa: as in an archive, callers know nothing of the bodies. */
#define QIAO_API __attribute__((noipa, visibility("hidden")))

static volatile int calls;

QIAO_API int cudaRuntimeGetVersion(int* version) {
  ++calls;
  *version = QIAO_FAKE_VERSION;
  return 0;
}

QIAO_API const char* cudaGetErrorName(int error) {
  ++calls;
  return error == 1 ? "fake" : "fake?";
}

QIAO_API int cudaGetLastError(void) {
  ++calls;
  return calls ? 4242 : 4243;
}

/* The program's own, whatever it is called. */
QIAO_API int cudaCheckMine(int error) {
  ++calls;
  return error + 42;
}

#ifdef QIAO_FAKE_TIGHT
/* An entry point with less room than a jump needs, another function right behind it. */
__asm__(
    ".text\n.globl cudaPeekAtLastError\n.hidden cudaPeekAtLastError\n.type cudaPeekAtLastError, %function\n"
    "cudaPeekAtLastError:\n ret\n.size cudaPeekAtLastError, .-cudaPeekAtLastError\n"
    ".globl close_behind\n.hidden close_behind\n.type close_behind, %function\n"
    "close_behind:\n ret\n.size close_behind, .-close_behind\n .skip 32\n");
#endif

#include <stdio.h>
#include <string.h>

/* Prints who answers: "fake" or Qiao. */
__attribute__((visibility("default"))) int QIAO_FAKE_RUN(void) {
  int version = 0;
  cudaRuntimeGetVersion(&version);
  const char* name = cudaGetErrorName(1);
  printf("%s: %s, version %d, last error %d, own %d\n", QIAO_FAKE_WHERE, name, version, cudaGetLastError(),
         cudaCheckMine(0));
  fflush(stdout);
  return 0;
}
