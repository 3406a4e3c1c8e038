/* Which names are diverted, and where to: the names of all sets of trampolines in one open-addressed table. */
#include <string.h>

#include "shim/api/thin/thin.h"
#include "shim/divert/divert.h"

__attribute__((visibility("hidden"))) extern const struct qiao_name qiao_c11_names[], qiao_c12_names[],
    qiao_c13_names[], qiao_cuda_names[];

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

static void prepare(void) {
  static const struct qiao_name* const kSets[QIAO_SETS] = {qiao_c11_names, qiao_c12_names, qiao_c13_names,
                                                           qiao_cuda_names};
  for (int set = 0; set < QIAO_SETS; ++set) {
    for (const struct qiao_name* entry = kSets[set]; entry->name; ++entry) {
      const char* name = (const char*)entry + entry->name;
      struct qiao_target* target = slot_of(name);
      target->name = name;
      target->to[set] = (char*)entry + entry->trampoline;
    }
  }
}

const struct qiao_target* qiao_names_find(const char* name) {
  /* Nearly every symbol of a program ends here, and most processes never get further. */
  if (!(name[0] == 'c' && name[1] == 'u') && !(name[0] == '_' && name[1] == '_' && name[2] == 'c')) return NULL;
  static int prepared;
  if (!prepared) prepare();
  prepared = 1;
  const struct qiao_target* target = slot_of(name);
  return target->name ? target : NULL;
}
