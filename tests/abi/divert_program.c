/* Runs the fake runtimes of the program itself, of a library linked to it, and of libraries opened later. */
#include <dlfcn.h>
#include <stdio.h>

int run_program(void);
int run_linked(void);

int main(int argc, char** argv) {
  run_program();
  run_linked();
  for (int i = 1; i < argc; ++i) {
    for (int again = 0; again < 2; ++again) { /* closed and opened once more: diverted once more */
      void* library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
      int (*run)(void) = library ? (int (*)(void))dlsym(library, "run_opened") : NULL;
      if (!run) return puts(dlerror()), 1;
      run();
      dlclose(library);
    }
  }
  return 0;
}
