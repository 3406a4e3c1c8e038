// A program which opens a shared object with CUDA in it while it runs: library_opened PATH.
#include <dlfcn.h>

#include <cstdio>

int main(int argc, char** argv) {
  void* library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : nullptr;
  if (library == nullptr) return std::fprintf(stderr, "%s\n", argc > 1 ? dlerror() : "usage: library_opened PATH"), 1;
  auto run = reinterpret_cast<int (*)()>(dlsym(library, "run_squares"));
  return run != nullptr ? run() : 1;
}
