/* libqiao_preload.so: before the program's constructors run, sends every CUDA runtime linked into the program, or
   mapped later by dlopen, to Qiao (design D2). It is linked with -z initfirst. To run a program, with LIB the folder of
   ours:

     LD_PRELOAD="LIB/libqiao_preload.so LIB/libcudart.so.13 LIB/libcudart.so.12 LIB/libcudart.so.11.0 LIB/libcuda.so.1"
   app

   The replaced libraries stand there so that a DT_NEEDED or dlopen of their SONAME finds ours. `qiao run` adds
   LD_AUDIT=LIB/libqiao_audit.so for libraries asked for by absolute path or found through DT_RPATH. */
#include <string.h>

#include "shim/api/thin/thin.h"
#include "shim/divert/divert.h"

extern struct r_debug _r_debug;

enum { kObjects = 4096 };

/* What has been looked at, in the loader's order. New objects come last, so one walk over both lists finds them. */
static const struct link_map* seen[kObjects];
static size_t seen_count;

static void look_at_new(void) {
  size_t old = 0, kept = 0;
  for (const struct link_map* object = _r_debug.r_map; object && kept < kObjects; object = object->l_next) {
    size_t at = old;
    while (at < seen_count && seen[at] != object) ++at;
    if (at < seen_count)
      old = at + 1;
    else {
      old = seen_count;
      qiao_divert_object(object);
    }
    seen[kept++] = object;
  }
  seen_count = kept;
}

/* The loader calls this when it has changed its list. New objects are mapped then, but not yet relocated. */
static void on_change(void) {
  if (_r_debug.r_state == RT_CONSISTENT) look_at_new();
}

static int informs;
int qiao_divert_informs(void) {
  return informs;
}

static void read_log_level(char* const* environment) {
  static const char kName[] = "QIAO_LOG=";
  for (; environment && *environment; ++environment) {
    if (strncmp(*environment, kName, sizeof kName - 1) != 0) continue;
    const char* level = *environment + sizeof kName - 1;
    informs = strcmp(level, "info") == 0 || strcmp(level, "debug") == 0 || strcmp(level, "trace") == 0;
  }
}

__attribute__((constructor)) static void start(int argc, char** argv, char** environment) {
  (void)argc, (void)argv;
  read_log_level(environment);
  look_at_new();
  if (!qiao_patch_empty_function((void*)_r_debug.r_brk, (const void*)&on_change) && informs)
    qiao_entry_say("info: this loader has no room for a hook; what dlopen maps later is not diverted", (char*)NULL);
}
