/* The private interface between the thin replaced libraries (C, no libstdc++) and libqiao.so: one exported symbol,
   qiao_core_v1. Tables are indexed by row of the entry point lists; both sides must come from the same build. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shim/api/registration.h"

#ifdef __cplusplus
extern "C" {
#endif

enum qiao_library {
  QIAO_LIBRARY_CUDA = 0,
  QIAO_LIBRARY_CUDART = 1,
  QIAO_LIBRARY_NVRTC = 2,
  QIAO_LIBRARY_CUBLAS = 3,
  QIAO_LIBRARY_CUBLASLT = 4
};

struct qiao_profiler; /* include/qiao/profiler.h */

struct qiao_table {
  void* const* entries; /* the function of each row; never null */
  uint32_t count;
  uint32_t implemented; /* rows whose body the linker found */
};

/* What the coverage page and `qiao port` need to know of a row. */
struct qiao_row {
  const char* symbol;
  int since;
  int until;
  int implemented;  /* the linker found a body */
  const char* note; /* what is partial or refused about it, or null */
};

/* An argument of a traced call, as it is printed. */
struct qiao_value {
  const char* name;
  const char* text;
  int bare;      /* a number: JSON has it without quotes */
  int is_output; /* what the call left behind the pointer */
};

struct qiao_core {
  uint32_t version; /* 1 */
  uint32_t size;    /* of this struct */
  const char* build_id;
  /* `major` is that of the thin library which asks, 0 for whoever only looks. */
  struct qiao_table (*table)(int library, int major);
  struct qiao_row (*row)(int library, uint32_t index); /* index < count */
  /* Registrations, first those stored before libqiao was loaded, then each as it happens. */
  void (*fat_binary)(struct qiao_fat_binary* binary);
  void (*symbol)(struct qiao_fat_binary* binary, struct qiao_symbol* symbol);
  void (*fat_binary_end)(struct qiao_fat_binary* binary);
  void (*fat_binary_gone)(struct qiao_fat_binary* binary);
  /* For wrappers of libraries that we have no lists for, which `qiao trace` makes: null where nothing is traced. */
  void* (*call_begin)(const char* library, const char* symbol);
  void (*call_end)(void* call, const struct qiao_value* arguments, uint32_t count, const struct qiao_value* result,
                   int failed);
  /* The table of include/qiao/profiler.h; and the program's NVTX calls, from now on: 1 when they are ours. */
  const struct qiao_profiler* (*profiler)(void);
  int (*nvtx)(const void* (*get_export_table)(uint32_t));
};

extern const struct qiao_core qiao_core_v1;

#ifdef __cplusplus
}
#endif
