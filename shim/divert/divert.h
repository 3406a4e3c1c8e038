/* Parts of libqiao_preload.so. It runs before the program's constructors and under the loader's lock, so nothing here
   allocates or opens through libc's buffers: tables are static, files are read through mmap. */
#pragma once

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

/* The sets of trampolines a name can lead to. */
enum qiao_set { QIAO_SET_CUDART11, QIAO_SET_CUDART12, QIAO_SET_CUDART13, QIAO_SET_CUDA, QIAO_SETS };

struct qiao_target {
  const char* name;
  void* to[QIAO_SETS]; /* null where the set lacks the name */
};

/* names.c */
const struct qiao_target* qiao_names_find(const char* name);

/* elf_file.c: an object's file, mapped. Symbols come from .symtab where there is one, else from .dynsym. */
struct qiao_elf_file {
  const unsigned char* bytes;
  size_t size;
  const ElfW(Sym) * symbols;
  size_t symbol_count;
  const char* strings;
  size_t strings_size;
};

int qiao_elf_open(const char* path, struct qiao_elf_file* file);
void qiao_elf_close(struct qiao_elf_file* file);
const char* qiao_elf_name(const struct qiao_elf_file* file, const ElfW(Sym) * symbol);
/* The file's bytes behind an address of the object, or null; `end` receives the end of its segment. */
const unsigned char* qiao_elf_at(const struct qiao_elf_file* file, ElfW(Addr) address, ElfW(Addr) * end);

/* patch.c */
#if defined(__x86_64__)
#define QIAO_JUMP_SIZE 14
#elif defined(__aarch64__)
#define QIAO_JUMP_SIZE 16
#else
#error "divert: no variant for this processor"
#endif

int qiao_patch_is_jump(const void* code);
int qiao_patch_open(void* from, size_t size); /* makes code writable */
void qiao_patch_close(void* from, size_t size);
void qiao_patch_jump(void* code, const void* to);
int qiao_patch_empty_function(void* code, const void* to); /* only if it has room and does nothing */

/* object.c */
void qiao_divert_object(const struct link_map* object);

/* preload.c: whether QIAO_LOG asks for what was diverted. */
int qiao_divert_informs(void);
