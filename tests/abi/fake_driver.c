/* A stand-in for the vendor's libcuda.so.1 that a program opened by path. */
#include <stdio.h>

__attribute__((noipa, aligned(32), visibility("default"))) int cuDriverGetVersion(int* version) {
  *version = 1;
  return 0;
}

/* No entry point of libcuda: stays. */
__attribute__((noipa, aligned(32), visibility("default"))) int cuCheckMine(void) {
  return 42;
}

__attribute__((visibility("default"))) int run_opened(void) {
  int version = 0;
  cuDriverGetVersion(&version);
  printf("driver: version %d, own %d\n", version, cuCheckMine());
  fflush(stdout);
  return 0;
}
