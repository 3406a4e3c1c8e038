/* Counters of kernels from inside the program: start counting, read what the last launch did, be called after each.
 *
 *     qiao_profiler_enable(QIAO_PROFILER_MEMORY);
 *     kernel<<<...>>>(...);
 *     cudaDeviceSynchronize();
 *     uint64_t sectors;
 *     if (qiao_profiler_last_count("gmem.ld.sectors", &sectors) == QIAO_PROFILER_OK) ...
 *
 * The functions find Qiao in the running process. Nothing needs to be linked; on a real driver, or where Qiao is
 * missing, each of them returns QIAO_PROFILER_ABSENT. Names are those of `qiao prof list`: ours, ncu's or nvprof's.
 */
#pragma once

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum qiao_profiler_result {
  QIAO_PROFILER_OK = 0,
  QIAO_PROFILER_ABSENT = 1,    /* the program does not run on Qiao */
  QIAO_PROFILER_UNKNOWN = 2,   /* there is no metric of this name */
  QIAO_PROFILER_NO_VALUE = 3,  /* it has no value: not counted at this level, no warps, nothing to divide by, a model */
  QIAO_PROFILER_NO_LAUNCH = 4, /* nothing has been counted yet */
  QIAO_PROFILER_INVALID = 5    /* a null pointer, an unknown level; a count asked for that is no integer */
};

enum qiao_profiler_level {
  QIAO_PROFILER_OFF = 0,
  QIAO_PROFILER_BLOCKS = 1, /* instructions, branches */
  QIAO_PROFILER_MEMORY = 2  /* and every access to memory */
};

/* A finished launch. It and what it points to are there until the callback that it was given to returns. */
struct qiao_launch {
  uint32_t size;        /* of this struct; it only grows */
  const char* kernel;   /* "saxpy(int, float, float const*, float*)" */
  const char* mangled;  /* as in the module */
  const char* chip;     /* the chip's name */
  const char* executor; /* "warp", "lane", "interpreter" */
  const char* nvtx;     /* the NVTX ranges around the launching call: "outer/inner", or "" */
  uint32_t grid[3];
  uint32_t block[3];
  uint64_t emulation_ns; /* wall time on this machine, not the chip's */
  int failed;            /* not 0: it ended with a fault, counts are what was reached */
  const void* numbers;   /* for the functions below */
};

/* Called after each counted launch, one at a time, in a thread of Qiao: it must not call CUDA. */
typedef void (*qiao_launch_callback)(const struct qiao_launch* launch, void* user);

/* What Qiao offers; the functions below are all that a program needs. */
struct qiao_profiler {
  uint32_t size; /* of this struct; it only grows */
  int (*enable)(int level);
  int (*on_launch)(qiao_launch_callback callback, void* user);
  int (*value)(const struct qiao_launch* launch, const char* name, double* value); /* launch null: the last */
  int (*count)(const struct qiao_launch* launch, const char* name, uint64_t* value);
};

static inline const struct qiao_profiler* qiao_profiler_find(void) {
  typedef const struct qiao_profiler* (*getter)(void);
  union {
    void* object;
    getter function;
  } found;
  found.object = dlsym((void*)0 /* RTLD_DEFAULT */, "qiao_profiler_v1");
  return found.object ? found.function() : (const struct qiao_profiler*)0;
}

/* Launches from now on are counted (or not, at QIAO_PROFILER_OFF). Their kernels are compiled anew at first. */
static inline int qiao_profiler_enable(enum qiao_profiler_level level) {
  const struct qiao_profiler* at = qiao_profiler_find();
  return at ? at->enable((int)level) : QIAO_PROFILER_ABSENT;
}
static inline int qiao_profiler_disable(void) {
  return qiao_profiler_enable(QIAO_PROFILER_OFF);
}

/* One callback for the process; null: none. */
static inline int qiao_profiler_on_launch(qiao_launch_callback callback, void* user) {
  const struct qiao_profiler* at = qiao_profiler_find();
  return at ? at->on_launch(callback, user) : QIAO_PROFILER_ABSENT;
}

/* A metric of a launch (in a callback), or of the last one that finished: wait for it first. */
static inline int qiao_launch_value(const struct qiao_launch* launch, const char* name, double* value) {
  const struct qiao_profiler* at = qiao_profiler_find();
  return at ? at->value(launch, name, value) : QIAO_PROFILER_ABSENT;
}
static inline int qiao_launch_count(const struct qiao_launch* launch, const char* name, uint64_t* value) {
  const struct qiao_profiler* at = qiao_profiler_find();
  return at ? at->count(launch, name, value) : QIAO_PROFILER_ABSENT;
}
static inline int qiao_profiler_last(const char* name, double* value) {
  return qiao_launch_value((const struct qiao_launch*)0, name, value);
}
static inline int qiao_profiler_last_count(const char* name, uint64_t* value) {
  return qiao_launch_count((const struct qiao_launch*)0, name, value);
}

#ifdef __cplusplus
}
#endif
