/* A program with symbols of its own under names that libqiao's insides also use; none may be called in its place. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define QIAO_MINE(name)                                    \
  __attribute__((visibility("default"))) void name(void) { \
    puts("called the program's " #name), exit(1);          \
  }
QIAO_MINE(sgemm_)
QIAO_MINE(LLVMContextCreate)
QIAO_MINE(LLVMShutdown)
QIAO_MINE(ZSTD_decompress)
QIAO_MINE(LZ4_decompress_safe)
QIAO_MINE(
    _ZN3fmt2v97vformatB5cxx11ENS0_17basic_string_viewIcEENS0_17basic_format_argsINS0_20basic_format_contextINS0_8appenderEcEEEE)
QIAO_MINE(_ZN4llvm11raw_ostream5writeEPKcm)
QIAO_MINE(_ZN6spdlog6logger4logENS_5level10level_enumE)
QIAO_MINE(_ZSt20__throw_length_errorPKc)
QIAO_MINE(_Znwm)
QIAO_MINE(_ZdlPv)

int main(int argc, char** argv) {
  void* library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
  int (*get)(void**, size_t) = library ? (int (*)(void**, size_t))dlsym(library, "cudaGraphicsMapResources") : NULL;
  const char* (*name)(int) = library ? (const char* (*)(int))dlsym(library, "cudaGetErrorName") : NULL;
  if (!get || !name) return puts(dlerror()), 1;
  puts(name(get(NULL, 0)));
  return 0;
}
