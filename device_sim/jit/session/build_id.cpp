// Reads our own ELF notes as they are mapped.
#include "device_sim/jit/session/build_id.h"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>

#include <cstring>

namespace qiao::jit {
namespace {

struct Search {
  uintptr_t inside;  // an address of ours
  std::string id;
};

std::string hex(const unsigned char* bytes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

std::string id_in_notes(const char* at, size_t bytes) {
  const char* end = at + bytes;
  while (at + sizeof(ElfW(Nhdr)) <= end) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof(note));
    const char* name = at + sizeof(note);
    const char* data = name + ((note.n_namesz + 3) & ~3u);
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      return hex(reinterpret_cast<const unsigned char*>(data), note.n_descsz);
    }
    at = data + ((note.n_descsz + 3) & ~3u);
  }
  return {};
}

int visit(dl_phdr_info* info, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  bool ours = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + header.p_vaddr;
    ours = ours || (header.p_type == PT_LOAD && search.inside >= start && search.inside < start + header.p_memsz);
  }
  if (!ours) return 0;
  for (int i = 0; i < info->dlpi_phnum && search.id.empty(); ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    search.id = id_in_notes(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
  }
  struct stat status;
  const char* path = info->dlpi_name && *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
  if (search.id.empty() && ::stat(path, &status) == 0) {
    search.id = std::to_string(status.st_size) + "." + std::to_string(status.st_mtim.tv_sec) + "." +
                std::to_string(status.st_mtim.tv_nsec);
  }
  return 1;
}

}  // namespace

const std::string& build_id() {
  static const std::string kId = [] {
    Search search{reinterpret_cast<uintptr_t>(&visit), {}};
    ::dl_iterate_phdr(visit, &search);
    return search.id;
  }();
  return kId;
}

}  // namespace qiao::jit
