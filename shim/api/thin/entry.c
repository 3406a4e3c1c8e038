/* libqiao_entry.so: stores what constructors register, loads libqiao.so at the first call that needs it, and hands the
   stored registrations over. No constructor of its own; a process that never calls CUDA never loads libqiao. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/api/thin/thin.h"

#define QIAO_EXPORT __attribute__((visibility("default")))

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const struct qiao_core* core; /* once set, never changes; guarded by lock except for the fast check */
static int failed;
static struct qiao_fat_binary *binaries, **last_binary = &binaries;

QIAO_EXPORT void qiao_entry_say(const char* text, ...) {
  char line[1024] = "qiao: ";
  size_t length = strlen(line);
  va_list more;
  va_start(more, text);
  for (; text; text = va_arg(more, const char*)) {
    const size_t n = strnlen(text, sizeof line - 1 - length);
    memcpy(line + length, text, n);
    length += n;
  }
  va_end(more);
  line[length++] = '\n';
  if (write(STDERR_FILENO, line, length) < 0) return;
}

/* libqiao.so lies beside this library, or in the lib folder beside its folder. */
static void* open_beside(char* path, size_t room) {
  static const char* const kPlaces[] = {"libqiao.so", "../lib/libqiao.so"};
  Dl_info here;
  if (!dladdr((void*)&open_beside, &here) || !here.dli_fname) return NULL;
  const char* slash = strrchr(here.dli_fname, '/');
  const size_t folder = slash ? (size_t)(slash - here.dli_fname) + 1 : 0;
  if (folder + 32 > room) return NULL;
  memcpy(path, here.dli_fname, folder);
  void* handle = NULL;
  for (size_t i = 0; i < sizeof kPlaces / sizeof *kPlaces && !handle; ++i) {
    strcpy(path + folder, kPlaces[i]);
    if (access(path, F_OK) == 0) handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  }
  return handle;
}

static const struct qiao_core* load(void) {
  char path[4096] = "";
  void* handle = open_beside(path, sizeof path);
  const struct qiao_core* found = handle ? (const struct qiao_core*)dlsym(handle, "qiao_core_v1") : NULL;
  if (!found) {
    const char* why = dlerror();
    qiao_entry_say("cannot load libqiao.so: ", why ? why : path, (char*)NULL);
    return NULL;
  }
  if (found->version != 1 || strcmp(found->build_id, QIAO_BUILD_ID) != 0) {
    qiao_entry_say(path, " is of another build (", found->build_id, ", expected ", QIAO_BUILD_ID, ")", (char*)NULL);
    return NULL;
  }
  return found;
}

static void replay(const struct qiao_core* to) {
  for (struct qiao_fat_binary* binary = binaries; binary; binary = binary->next) {
    to->fat_binary(binary);
    for (struct qiao_symbol* symbol = binary->first; symbol; symbol = symbol->next) to->symbol(binary, symbol);
    if (binary->ended) to->fat_binary_end(binary);
  }
}

/* dlopen is called without our lock: another thread may hold the loader's lock and register from a constructor. */
static const struct qiao_core* ready(void) {
  const struct qiao_core* found = __atomic_load_n(&core, __ATOMIC_ACQUIRE);
  if (found || __atomic_load_n(&failed, __ATOMIC_ACQUIRE)) return found;
  found = load();
  pthread_mutex_lock(&lock);
  if (!core && !failed) {
    if (found) replay(found);
    __atomic_store_n(&core, found, __ATOMIC_RELEASE);
    __atomic_store_n(&failed, !found, __ATOMIC_RELEASE);
  }
  found = core;
  pthread_mutex_unlock(&lock);
  return found;
}

QIAO_EXPORT const struct qiao_core* qiao_entry_core(void) {
  return ready();
}

/* include/qiao/profiler.h looks for it in the process. */
QIAO_EXPORT const struct qiao_profiler* qiao_profiler_v1(void) {
  const struct qiao_core* found = ready();
  return found ? found->profiler() : NULL;
}

static int unavailable_code(void) {
  return 303; /* cudaErrorSharedObjectInitFailed, in both APIs */
}
static int unavailable_nvrtc(void) {
  return 11; /* NVRTC_ERROR_INTERNAL_ERROR */
}
static int unavailable_blas(void) {
  return 1; /* CUBLAS_STATUS_NOT_INITIALIZED */
}
static void* unavailable_other(void) {
  return NULL;
}
/* By what returns_code says. */
static void* const unavailable[] = {(void*)&unavailable_other, (void*)&unavailable_code, (void*)&unavailable_nvrtc,
                                    (void*)&unavailable_blas};

static void* own_function(const struct qiao_thin* thin, uint32_t row) {
  for (uint32_t i = 0; i < thin->own_count; ++i) {
    if (thin->own[i].row == row) return thin->own[i].function;
  }
  return NULL;
}

static void fill(struct qiao_thin* thin, const struct qiao_core* from) {
  const struct qiao_table table = from ? from->table(thin->library, thin->major) : (struct qiao_table){0};
  for (uint32_t row = 0; row < thin->count; ++row) {
    if (!thin->slots[row]) continue;
    void* target = own_function(thin, row);
    if (!target && row < table.count) target = table.entries[row];
    if (!target) target = unavailable[thin->returns_code[row]];
    __atomic_store_n(&thin->slots[row], target, __ATOMIC_RELEASE);
  }
}

QIAO_EXPORT void* qiao_entry_bind(struct qiao_thin* thin, void** slot) {
  const uint32_t row = (uint32_t)(slot - thin->slots);
  void* own = own_function(thin, row);
  if (own) {
    __atomic_store_n(slot, own, __ATOMIC_RELEASE);
    return own;
  }
  fill(thin, ready());
  return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

QIAO_EXPORT struct qiao_fat_binary* qiao_entry_fat_binary(const void* wrapper, int abi_major) {
  struct qiao_fat_binary* binary = calloc(1, sizeof *binary);
  if (!binary) return NULL;
  binary->wrapper = wrapper;
  binary->abi_major = abi_major;
  pthread_mutex_lock(&lock);
  *last_binary = binary;
  last_binary = &binary->next;
  if (core) core->fat_binary(binary);
  pthread_mutex_unlock(&lock);
  return binary;
}

QIAO_EXPORT void qiao_entry_symbol(struct qiao_fat_binary* binary, const struct qiao_symbol* symbol) {
  struct qiao_symbol* made = binary ? malloc(sizeof *made) : NULL;
  if (!made) return;
  *made = *symbol;
  made->next = NULL;
  pthread_mutex_lock(&lock);
  if (binary->last)
    binary->last->next = made;
  else
    binary->first = made;
  binary->last = made;
  if (core) core->symbol(binary, made);
  pthread_mutex_unlock(&lock);
}

QIAO_EXPORT void qiao_entry_fat_binary_end(struct qiao_fat_binary* binary) {
  if (!binary) return;
  pthread_mutex_lock(&lock);
  binary->ended = 1;
  if (core) core->fat_binary_end(binary);
  pthread_mutex_unlock(&lock);
}

QIAO_EXPORT void qiao_entry_fat_binary_gone(struct qiao_fat_binary* binary) {
  if (!binary) return;
  pthread_mutex_lock(&lock);
  struct qiao_fat_binary** link = &binaries;
  while (*link && *link != binary) link = &(*link)->next;
  if (*link) {
    if (core) core->fat_binary_gone(binary);
    *link = binary->next;
    if (last_binary == &binary->next) last_binary = link;
    for (struct qiao_symbol *symbol = binary->first, *next; symbol; symbol = next) {
      next = symbol->next;
      free(symbol);
    }
    free(binary);
  }
  pthread_mutex_unlock(&lock);
}
