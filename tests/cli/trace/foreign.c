/* The library behind foreign.h. Running a plan is a CUDA call inside a call. */
#include "foreign.h"

#include <dlfcn.h>

static int made;

foreignStatus foreignMake(foreignPlan* plan, int size, foreignMode mode, const char* name) {
  (void)mode, (void)name;
  if (size < 0) return FOREIGN_BAD;
  made = size;
  *plan = (foreignPlan)&made;
  return FOREIGN_GOOD;
}

foreignStatus foreignRun(foreignPlan plan, foreignPair pair, double scale, float* data) {
  int version = 0;
  int (*get)(int*) = (int (*)(int*))dlsym(dlopen("libcuda.so.1", RTLD_NOW), "cuDriverGetVersion");
  if (!plan || !get || get(&version)) return FOREIGN_BAD;
  *data = (pair.x + pair.y) * (float)scale;
  return FOREIGN_GOOD;
}

void foreignEnd(foreignPlan plan) {
  (void)plan;
}

int foreignPrint(const char* format, ...) {
  return format != 0;
}
