/* Stands in for libqiao.so beside copies of the thin libraries: prints what arrives, so that the thin side is tested
   without the rest. */
#include <stdio.h>

#include "shim/api/core.h"

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) ROW_##body,
enum {
#include "shim/api/cudart.inc"
  CUDART_ROWS
};
#define QIAO_ENTRY(symbol, body, since, until, result, params, args) ROW_##body,
enum {
#include "shim/api/driver.inc"
  DRIVER_ROWS
};

struct dim3 {
  unsigned x, y, z;
};

static int other(void) {
  return 801;
}

static int launch(const void* function, struct dim3 grid, struct dim3 block, void** args, size_t shared, void* stream) {
  printf("launch %s %u,%u,%u %u,%u,%u %d %zu %p\n", (const char*)function, grid.x, grid.y, grid.z, block.x, block.y,
         block.z, *(int*)args[0], shared, stream);
  return 0;
}

static int version(int* where) {
  return *where = 13, 0;
}
static int version12(int* where) {
  return *where = 12, 0;
}

/* The registers must survive the first call through a trampoline; no CUDA function takes a double, this one may. */
static int eight_doubles(double a, double b, double c, double d, double e, double f, double g, double h) {
  printf("doubles %g %g %g %g %g %g %g %g\n", a, b, c, d, e, f, g, h);
  return 0;
}

static void* cudart[CUDART_ROWS];
static void* driver[DRIVER_ROWS];

static struct qiao_table table(int library, int major) {
  (void)major;
  for (int i = 0; i < CUDART_ROWS; ++i) cudart[i] = (void*)&other;
  for (int i = 0; i < DRIVER_ROWS; ++i) driver[i] = (void*)&other;
  cudart[ROW_cudaLaunchKernel] = (void*)&launch;
  cudart[ROW_cudaRuntimeGetVersion] = (void*)&version;
  cudart[ROW_cudaRuntimeGetVersion_until13] = (void*)&version12;
  cudart[ROW_cudaDeviceReset] = (void*)&eight_doubles;
  if (library == QIAO_LIBRARY_CUDART) return (struct qiao_table){cudart, CUDART_ROWS, 0};
  return (struct qiao_table){driver, DRIVER_ROWS, 0};
}

static struct qiao_row row(int library, uint32_t index) {
  return (void)library, (void)index, (struct qiao_row){0};
}

static void fat_binary(struct qiao_fat_binary* binary) {
  printf("fat binary %s major %d\n", (const char*)binary->wrapper, binary->abi_major);
}

static void symbol(struct qiao_fat_binary* binary, struct qiao_symbol* symbol) {
  printf("symbol of %s: kind %d %s size %zu constant %d limit %d\n", (const char*)binary->wrapper, symbol->kind,
         symbol->name, symbol->size, symbol->constant, symbol->thread_limit);
}

static void end(struct qiao_fat_binary* binary) {
  printf("end of %s\n", (const char*)binary->wrapper);
}
static void gone(struct qiao_fat_binary* binary) {
  printf("%s gone\n", (const char*)binary->wrapper);
}

__attribute__((visibility("default"))) const struct qiao_core qiao_core_v1 = {
    1, sizeof(struct qiao_core), QIAO_BUILD_ID, table, row, fat_binary, symbol, end, gone, NULL, NULL, NULL, NULL};
