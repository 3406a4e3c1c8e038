/* Reading an object's file: raw open and mmap, every offset checked against the file's size. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/divert/divert.h"

static int inside(const struct qiao_elf_file* file, uint64_t offset, uint64_t size) {
  return offset <= file->size && size <= file->size - offset;
}

static const ElfW(Ehdr) * header(const struct qiao_elf_file* file) {
  const ElfW(Ehdr)* elf = (const ElfW(Ehdr)*)file->bytes;
  if (file->size < sizeof *elf || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0) return NULL;
  if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_phentsize != sizeof(ElfW(Phdr))) return NULL;
  return inside(file, elf->e_phoff, (uint64_t)elf->e_phnum * sizeof(ElfW(Phdr))) ? elf : NULL;
}

static void use_table(struct qiao_elf_file* file, const ElfW(Shdr) * sections, unsigned count,
                      const ElfW(Shdr) * table) {
  if (table->sh_link >= count || table->sh_entsize != sizeof(ElfW(Sym))) return;
  const ElfW(Shdr)* strings = &sections[table->sh_link];
  if (!inside(file, table->sh_offset, table->sh_size) || !inside(file, strings->sh_offset, strings->sh_size)) return;
  if (strings->sh_size == 0 || file->bytes[strings->sh_offset + strings->sh_size - 1] != 0) return;
  file->symbols = (const ElfW(Sym)*)(file->bytes + table->sh_offset);
  file->symbol_count = table->sh_size / sizeof(ElfW(Sym));
  file->strings = (const char*)file->bytes + strings->sh_offset;
  file->strings_size = strings->sh_size;
}

static void find_symbols(struct qiao_elf_file* file, const ElfW(Ehdr) * elf) {
  if (elf->e_shentsize != sizeof(ElfW(Shdr))) return;
  if (!inside(file, elf->e_shoff, (uint64_t)elf->e_shnum * sizeof(ElfW(Shdr)))) return;
  const ElfW(Shdr)* sections = (const ElfW(Shdr)*)(file->bytes + elf->e_shoff);
  static const ElfW(Word) kOrder[] = {SHT_SYMTAB, SHT_DYNSYM};
  for (int kind = 0; kind < 2 && !file->symbols; ++kind) {
    for (unsigned i = 0; i < elf->e_shnum && !file->symbols; ++i) {
      if (sections[i].sh_type == kOrder[kind]) use_table(file, sections, elf->e_shnum, &sections[i]);
    }
  }
}

int qiao_elf_open(const char* path, struct qiao_elf_file* file) {
  memset(file, 0, sizeof *file);
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  struct stat status;
  void* mapped = MAP_FAILED;
  if (fstat(descriptor, &status) == 0 && status.st_size > 0)
    mapped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  close(descriptor);
  if (mapped == MAP_FAILED) return 0;
  file->bytes = mapped;
  file->size = (size_t)status.st_size;
  const ElfW(Ehdr)* elf = header(file);
  if (elf) find_symbols(file, elf);
  if (file->symbols) return 1;
  qiao_elf_close(file);
  return 0;
}

void qiao_elf_close(struct qiao_elf_file* file) {
  munmap((void*)file->bytes, file->size);
}

const char* qiao_elf_name(const struct qiao_elf_file* file, const ElfW(Sym) * symbol) {
  return symbol->st_name < file->strings_size ? file->strings + symbol->st_name : "";
}

const unsigned char* qiao_elf_at(const struct qiao_elf_file* file, ElfW(Addr) address, ElfW(Addr) * end) {
  const ElfW(Ehdr)* elf = (const ElfW(Ehdr)*)file->bytes;
  const ElfW(Phdr)* segment = (const ElfW(Phdr)*)(file->bytes + elf->e_phoff);
  for (unsigned i = 0; i < elf->e_phnum; ++i, ++segment) {
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    if (address < segment->p_vaddr || address - segment->p_vaddr >= segment->p_filesz) continue;
    if (!inside(file, segment->p_offset, segment->p_filesz)) return NULL;
    *end = segment->p_vaddr + segment->p_filesz;
    return file->bytes + segment->p_offset + (address - segment->p_vaddr);
  }
  return NULL;
}
