/* What a program's constructors registered, as the thin layer stores it until libqiao is loaded. The handle which
   __cudaRegisterFatBinary returned to the program is the address of its qiao_fat_binary, before and after. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum qiao_symbol_kind {
  QIAO_SYMBOL_FUNCTION, /* host: the stub's address; name: the kernel's */
  QIAO_SYMBOL_VARIABLE, /* host: the shadow variable */
  QIAO_SYMBOL_MANAGED,  /* host: address of the pointer to fill in */
  QIAO_SYMBOL_HOST_VARIABLE,
  QIAO_SYMBOL_TEXTURE, /* CUDA 11 only */
  QIAO_SYMBOL_SURFACE  /* CUDA 11 only */
};

struct qiao_symbol {
  struct qiao_symbol* next;
  enum qiao_symbol_kind kind;
  void* host;
  const char* name;
  size_t size;
  int external, constant, global; /* variables */
  int thread_limit;               /* functions: -1 when not given */
  int dimension, normalized;      /* textures and surfaces */
};

struct qiao_fat_binary {
  void* core; /* libqiao's own object; null until it has seen this record */
  struct qiao_fat_binary* next;
  const void* wrapper;
  int abi_major;
  int ended;
  struct qiao_symbol* first;
  struct qiao_symbol* last;
};

#ifdef __cplusplus
}
#endif
