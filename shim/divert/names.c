/* Which names are diverted, and where to: the names of all sets of trampolines in one open-addressed table. */
#include <string.h>

#include "shim/api/thin/thin.h"
#include "shim/divert/divert.h"

extern struct qiao_thin qiao_c11_thin, qiao_c12_thin, qiao_c13_thin, qiao_cuda_thin;

enum { kSlots = 4096 }; /* about 1200 names */

static struct qiao_target table[kSlots];

static uint32_t hash_of(const char* name) {
  uint32_t hash = 2166136261u;
  for (; *name; ++name) hash = (hash ^ (unsigned char)*name) * 16777619u;
  return hash;
}

static struct qiao_target* slot_of(const char* name) {
  uint32_t slot = hash_of(name) % kSlots;
  while (table[slot].name && strcmp(table[slot].name, name) != 0) slot = (slot + 1) % kSlots;
  return &table[slot];
}

void qiao_names_prepare(void) {
  const struct qiao_thin* const sets[QIAO_SETS] = {&qiao_c11_thin, &qiao_c12_thin, &qiao_c13_thin, &qiao_cuda_thin};
  for (int set = 0; set < QIAO_SETS; ++set) {
    for (const struct qiao_name* entry = sets[set]->names; entry->name; ++entry) {
      struct qiao_target* target = slot_of(entry->name);
      target->name = entry->name;
      target->to[set] = entry->trampoline;
    }
  }
}

const struct qiao_target* qiao_names_find(const char* name) {
  /* Nearly every symbol of a program ends here. */
  if (strncmp(name, "cu", 2) != 0 && strncmp(name, "__cuda", 6) != 0) return NULL;
  const struct qiao_target* target = slot_of(name);
  return target->name ? target : NULL;
}
