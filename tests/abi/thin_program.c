/* A program as the compiler of CUDA would write it, for fake_core.c: registers from a constructor, calls, unregisters.
 */
#include <stdio.h>
#include <string.h>

struct dim3 {
  unsigned x, y, z;
};

void** __cudaRegisterFatBinary(void* wrapper);
void __cudaRegisterFatBinaryEnd(void** handle);
void __cudaUnregisterFatBinary(void** handle);
void __cudaRegisterFunction(void** handle, const char* host, char* device, const char* name, int limit, void* tid,
                            void* bid, void* block, void* grid, int* warp);
void __cudaRegisterVar(void** handle, char* host, char* device, const char* name, int ext, size_t size, int constant,
                       int global);
int cudaLaunchKernel(const void*, struct dim3, struct dim3, void**, size_t, void*);
int cudaRuntimeGetVersion(int*);
int cudaDeviceReset(double, double, double, double, double, double, double, double);
int cudaMalloc(void**, size_t);
int cuInit(unsigned);

static void **first, **second;
static char variable[8];

__attribute__((constructor)) static void start(void) {
  void** dropped = __cudaRegisterFatBinary("dropped");
  first = __cudaRegisterFatBinary("first");
  __cudaRegisterFunction(first, "stub", "kernel", "kernel", -1, 0, 0, 0, 0, 0);
  __cudaRegisterVar(first, variable, "variable", "variable", 0, 8, 1, 0);
  __cudaRegisterFatBinaryEnd(first);
  __cudaUnregisterFatBinary(dropped);
}

static int is_loaded(const char* library) {
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[4096];
  int found = 0;
  while (maps && fgets(line, sizeof line, maps)) found |= strstr(line, library) != NULL;
  if (maps) fclose(maps);
  return found;
}

int main(void) {
  int number = 7, version = 0;
  void* args[] = {&number};
  setvbuf(stdout, NULL, _IONBF, 0);
  printf("loaded before the first call: %d\n", is_loaded("libqiao.so"));
  cudaDeviceReset(1, 2, 3, 4, 5, 6, 7, 8);
  printf("loaded after: %d\n", is_loaded("libqiao.so"));
  cudaLaunchKernel("kernel", (struct dim3){1, 2, 3}, (struct dim3){4, 5, 6}, args, 99, (void*)0x77);
  cudaRuntimeGetVersion(&version);
  printf("version %d, others %d %d\n", version, cudaMalloc(0, 0), cuInit(0));
  second = __cudaRegisterFatBinary("second");
  __cudaRegisterFunction(second, "stub", "late", "late", 128, 0, 0, 0, 0, 0);
  __cudaRegisterFatBinaryEnd(second);
  __cudaUnregisterFatBinary(second);
  __cudaUnregisterFatBinary(first);
  return 0;
}
