/* sigaction and signal for programs whose kernels' faults are ours to catch (design D10): once libqiao has claimed a
   signal, what the program sets for it is only kept, and our handler hands on to it what is not ours. */
#define _GNU_SOURCE
#include "shim/divert/signals.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#define QIAO_EXPORT __attribute__((visibility("default")))

typedef int sigaction_function(int, const struct sigaction*, struct sigaction*);

enum { kSignals = 65 };

static struct {
  int claimed;
  struct sigaction program;
} signals[kSignals];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static sigaction_function* genuine(void) {
  static sigaction_function* found;
  if (!found) found = (sigaction_function*)dlsym(RTLD_NEXT, "sigaction");
  return found;
}

QIAO_EXPORT const struct sigaction* qiao_claim_signal(int signal, const struct sigaction* ours) {
  if (signal <= 0 || signal >= kSignals) return NULL;
  pthread_mutex_lock(&lock);
  const int first = !signals[signal].claimed;
  const int failed = genuine()(signal, ours, first ? &signals[signal].program : NULL);
  if (first && !failed) __atomic_store_n(&signals[signal].claimed, 1, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&lock);
  return failed ? NULL : &signals[signal].program;
}

/* No lock: a handler may call it, and a program that sets a handler in two threads at once gets one of the two. */
QIAO_EXPORT int sigaction(int signal, const struct sigaction* act, struct sigaction* old) {
  if (signal <= 0 || signal >= kSignals || !__atomic_load_n(&signals[signal].claimed, __ATOMIC_ACQUIRE))
    return genuine()(signal, act, old);
  const struct sigaction before = signals[signal].program;
  if (act) signals[signal].program = *act;
  if (old) *old = before;
  return 0;
}

QIAO_EXPORT void (*signal(int number, void (*handler)(int)))(int) {
  struct sigaction act = {0}, old;
  act.sa_handler = handler;
  act.sa_flags = SA_RESTART;
  sigemptyset(&act.sa_mask);
  sigaddset(&act.sa_mask, number);
  return sigaction(number, &act, &old) == 0 ? old.sa_handler : SIG_ERR;
}
