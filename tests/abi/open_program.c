/* Opens the libcudart named on the command line and asks for its version. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  void* library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  int (*get)(int*) = library ? (int (*)(int*))dlsym(library, "cudaRuntimeGetVersion") : NULL;
  if (!get) return puts(dlerror()), 1;
  int version = 0;
  const int error = get(&version);
  printf("%d %d 42\n", error, version / 1000);
  return 0;
}
