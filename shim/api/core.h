/* The private interface between the thin replaced libraries (C, no libstdc++) and libqiao.so: one exported symbol,
   qiao_core_v1. Tables are indexed by row of the entry point lists; both sides must come from the same build. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shim/api/registration.h"

#ifdef __cplusplus
extern "C" {
#endif

enum qiao_library { QIAO_LIBRARY_CUDA = 0, QIAO_LIBRARY_CUDART = 1 };

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

struct qiao_core {
  uint32_t version; /* 1 */
  uint32_t size;    /* of this struct */
  const char* build_id;
  struct qiao_table (*table)(int library);
  struct qiao_row (*row)(int library, uint32_t index); /* index < count */
  /* Registrations, first those stored before libqiao was loaded, then each as it happens. */
  void (*fat_binary)(struct qiao_fat_binary* binary);
  void (*symbol)(struct qiao_fat_binary* binary, struct qiao_symbol* symbol);
  void (*fat_binary_end)(struct qiao_fat_binary* binary);
  void (*fat_binary_gone)(struct qiao_fat_binary* binary);
};

extern const struct qiao_core qiao_core_v1;

#ifdef __cplusplus
}
#endif
