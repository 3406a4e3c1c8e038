/* What each thin library (libcuda.so.1, libcudart.so.N) and the preload library share: the description of one set of
   trampolines, and the functions of libqiao_entry.so, of which a process has one copy. C only, no libstdc++. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shim/api/core.h"

/* A row which libqiao_entry answers itself. */
struct qiao_own_row {
  uint32_t row;
  void* function;
};

/* A name and its trampoline, each as its distance from this struct, so that the loader has nothing to relocate. */
struct qiao_name {
  int32_t name; /* 0 ends the list */
  int32_t trampoline;
};

/* One set of trampolines, as trampolines.S lays it out: a slot per row of the list, null where the row is not of this
   major. The preload library's sets also say what they hold, by name. */
struct qiao_thin {
  int library; /* enum qiao_library */
  int major;
  void** slots;
  const uint8_t* returns_code; /* per row: 1 when the result is a CUDA error code, 2 of NVRTC, 3 of BLAS */
  uint32_t count;
  const struct qiao_own_row* own;
  uint32_t own_count;
};

/* Called by a trampoline's first use: fills the set's slots and returns where to go. Never null. */
void* qiao_entry_bind(struct qiao_thin* thin, void** slot);

/* libqiao, loaded now if it was not; null when it cannot be. */
const struct qiao_core* qiao_entry_core(void);

/* The storing half of __cudaRegister*. */
struct qiao_fat_binary* qiao_entry_fat_binary(const void* wrapper, int abi_major);
void qiao_entry_symbol(struct qiao_fat_binary* binary, const struct qiao_symbol* symbol);
void qiao_entry_fat_binary_end(struct qiao_fat_binary* binary);
void qiao_entry_fat_binary_gone(struct qiao_fat_binary* binary);

/* One line on stderr, without stdio: "qiao: " and the texts up to a null pointer. */
void qiao_entry_say(const char* text, ...);
