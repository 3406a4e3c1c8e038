/* Diverting one mapped object: find the entry points it defines, decide which CUDA major they belong to, check that
   each has room for a jump, and only then write all of them. */
#include <string.h>
#include <unistd.h>

#include "shim/api/thin/thin.h"
#include "shim/divert/divert.h"

struct match {
  ElfW(Addr) address;
  ElfW(Addr) room; /* bytes up to whatever starts next */
  size_t size;
  const struct qiao_target* target;
};

enum { kMatches = 2048 };

static struct match matches[kMatches];
static size_t match_count;
static const char* merged; /* a name whose code another name shares, as a linker that folds functions leaves it */

/* Strings of the object's dynamic section, found without calling into the loader. */
static int dynamic(const struct link_map* object, const char* needed, const char* soname_start) {
  const char* strings = NULL;
  for (const ElfW(Dyn)* entry = object->l_ld; entry && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) strings = (const char*)entry->d_un.d_ptr;
  }
  if (!strings) return 0;
  /* Before the loader has relocated an object its pointers are still offsets. */
  if ((ElfW(Addr))strings < object->l_addr) strings += object->l_addr;
  for (const ElfW(Dyn)* entry = object->l_ld; entry->d_tag != DT_NULL; ++entry) {
    const char* text = strings + entry->d_un.d_val;
    if (needed && entry->d_tag == DT_NEEDED && strcmp(text, needed) == 0) return 1;
    if (soname_start && entry->d_tag == DT_SONAME && strncmp(text, soname_start, strlen(soname_start)) == 0) return 1;
  }
  return 0;
}

static int is_code(const ElfW(Sym) * symbol) {
  const int type = ELF64_ST_TYPE(symbol->st_info);
  return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0;
}

/* Sorted by address, each address once. */
static void add_match(const ElfW(Sym) * symbol, const struct qiao_target* target) {
  size_t at = match_count;
  while (at > 0 && matches[at - 1].address > symbol->st_value) --at;
  if (at > 0 && matches[at - 1].address == symbol->st_value) {
    if (matches[at - 1].target != target) merged = target->name;
    return;
  }
  if (match_count == kMatches) return;
  memmove(&matches[at + 1], &matches[at], (match_count - at) * sizeof *matches);
  matches[at] = (struct match){symbol->st_value, 0, symbol->st_size, target};
  ++match_count;
}

static void find_matches(const struct qiao_elf_file* file, int driver) {
  match_count = 0;
  merged = NULL;
  for (size_t i = 0; i < file->symbol_count; ++i) {
    if (!is_code(&file->symbols[i])) continue;
    const struct qiao_target* target = qiao_names_find(qiao_elf_name(file, &file->symbols[i]));
    if (!target || !target->to[QIAO_SET_CUDA] != !driver) continue;
    add_match(&file->symbols[i], target);
  }
}

static void bound(ElfW(Addr) address) {
  size_t low = 0, high = match_count; /* the last match below address */
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (matches[middle].address < address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low > 0 && matches[low - 1].room > address - matches[low - 1].address)
    matches[low - 1].room = address - matches[low - 1].address;
}

static void find_rooms(const struct qiao_elf_file* file) {
  for (size_t i = 0; i < match_count; ++i) {
    ElfW(Addr) end = 0;
    matches[i].room = qiao_elf_at(file, matches[i].address, &end) ? end - matches[i].address : 0;
  }
  for (size_t i = 0; i < file->symbol_count; ++i) {
    const ElfW(Sym)* symbol = &file->symbols[i];
    if (symbol->st_shndx != SHN_UNDEF && symbol->st_shndx < SHN_LORESERVE) bound(symbol->st_value);
  }
}

static uint32_t word_at(const unsigned char* code) {
  uint32_t word;
  memcpy(&word, code, sizeof word);
  return word;
}

#if defined(__x86_64__)
/* The constant stored by `movl $n, (%rdi)` near the start of code, when n looks like a version. */
static int stored_version(const unsigned char* code, size_t size) {
  for (size_t i = 0; i + 6 <= size; ++i) {
    const uint32_t n = code[i] == 0xc7 && code[i + 1] == 0x07 ? word_at(code + i + 2) : 0;
    if (n >= 9000 && n < 30000 && n % 10 == 0) return (int)n;
  }
  return 0;
}

/* In cudaRuntimeGetVersion itself, or in a function it calls (the runtime keeps tracing around the answer). */
static int runtime_version(const struct qiao_elf_file* file, const struct match* match) {
  ElfW(Addr) end = 0;
  const unsigned char* code = qiao_elf_at(file, match->address, &end);
  const size_t size = match->size < 512 ? match->size : 512;
  if (!code || end - match->address < size) return 0;
  int version = stored_version(code, size);
  for (size_t i = 0; i + 5 <= size && !version; ++i) {
    if (code[i] != 0xe8) continue;
    const ElfW(Addr) callee = match->address + i + 5 + (ElfW(Addr))(int64_t)(int32_t)word_at(code + i + 1);
    const unsigned char* called = qiao_elf_at(file, callee, &end);
    if (called) version = stored_version(called, end - callee < 32 ? end - callee : 32);
  }
  return version;
}
#else
/* mov wN, #n ... str wN, [x0]: any MOVZ of a plausible version near the start. */
static int runtime_version(const struct qiao_elf_file* file, const struct match* match) {
  ElfW(Addr) end = 0;
  const unsigned char* code = qiao_elf_at(file, match->address, &end);
  const size_t size = match->size < 64 ? match->size : 64;
  for (size_t i = 0; code && i + 4 <= size; i += 4) {
    const uint32_t word = word_at(code + i), n = (word >> 5) & 0xffff;
    if ((word & 0xffe00000u) == 0x52800000u && n >= 9000 && n < 30000 && n % 10 == 0) return (int)n;
  }
  return 0;
}
#endif

static const int kMajors[] = {11, 12, 13};

/* The set whose major the names and the version agree on, or -1: a layout is never guessed. */
static int decide(const struct qiao_elf_file* file, const char* path) {
  unsigned possible = 7;
  int version = 0;
  for (size_t i = 0; i < match_count; ++i) {
    for (int set = QIAO_SET_CUDART11; set <= QIAO_SET_CUDART13; ++set) {
      if (!matches[i].target->to[set]) possible &= ~(1u << set);
    }
    if (strcmp(matches[i].target->name, "cudaRuntimeGetVersion") == 0) version = runtime_version(file, &matches[i]);
  }
  int found = -1, count = 0;
  for (int set = QIAO_SET_CUDART11; set <= QIAO_SET_CUDART13; ++set) {
    if (!(possible & (1u << set)) || (version && version / 1000 != kMajors[set])) continue;
    found = set;
    ++count;
  }
  if (count == 1) return found;
  qiao_entry_say(path, " defines ", matches[0].target->name, count ? ": cannot tell" : ": not of a known CUDA major;",
                 count ? " which CUDA major its runtime is of;" : "", " it is left alone", (char*)NULL);
  return -1;
}

/* Nothing is written unless everything can be. */
static int all_have_room(const struct link_map* object, const struct qiao_elf_file* file, const char* path) {
  if (merged) {
    qiao_entry_say(path, ": ", merged, " shares its code with another entry point; its CUDA runtime is left alone",
                   (char*)NULL);
    return 0;
  }
  for (size_t i = 0; i < match_count; ++i) {
    ElfW(Addr) end;
    const unsigned char* bytes = qiao_elf_at(file, matches[i].address, &end);
    const char* why = NULL;
    if (matches[i].room < QIAO_JUMP_SIZE)
      why = " has no room for a jump;";
    else if (memcmp(bytes, (const void*)(object->l_addr + matches[i].address), QIAO_JUMP_SIZE) != 0)
      why = " differs from its file;";
    if (!why) continue;
    qiao_entry_say(path, ": ", matches[i].target->name, why, " its CUDA runtime is left alone", (char*)NULL);
    return 0;
  }
  return 1;
}

static void write_jumps(const struct link_map* object, const char* path, int set) {
  char* first = (char*)object->l_addr + matches[0].address;
  char* last = (char*)object->l_addr + matches[match_count - 1].address + QIAO_JUMP_SIZE;
  if (!qiao_patch_open(first, (size_t)(last - first))) {
    qiao_entry_say(path, ": its code cannot be made writable; its CUDA runtime is left alone", (char*)NULL);
    return;
  }
  for (size_t i = 0; i < match_count; ++i)
    qiao_patch_jump((char*)object->l_addr + matches[i].address, matches[i].target->to[set]);
  qiao_patch_close(first, (size_t)(last - first));
  static const char* const kNames[] = {"runtime 11", "runtime 12", "runtime 13", "driver"};
  if (qiao_divert_informs()) qiao_entry_say("info: diverted ", path, ": CUDA ", kNames[set], (char*)NULL);
}

void qiao_divert_object(const struct link_map* object) {
  if (dynamic(object, "libqiao_entry.so", "libqiao")) return; /* ours */
  static char program[1024];
  const char* path = object->l_name;
  struct qiao_elf_file file;
  if (!path || !*path) { /* the program itself; its link says its name, and opens even where the name does not */
    if (readlink("/proc/self/exe", program, sizeof program - 1) <= 0) return;
    path = program;
    if (!qiao_elf_open("/proc/self/exe", &file)) return;
  } else if (!qiao_elf_open(path, &file)) {
    return;
  }
  const int driver = dynamic(object, NULL, "libcuda.so");
  find_matches(&file, driver);
  const int diverted = match_count > 0 && qiao_patch_is_jump((char*)object->l_addr + matches[0].address);
  if (match_count > 0 && !diverted) {
    find_rooms(&file);
    const int set = driver ? QIAO_SET_CUDA : decide(&file, path);
    if (set >= 0 && all_have_room(object, &file, path)) write_jumps(object, path, set);
  }
  qiao_elf_close(&file);
}
