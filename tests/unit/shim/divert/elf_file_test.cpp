// Reading symbols from an object's file: the right ones, and no damage from a damaged file.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" {
#include "shim/divert/divert.h"
}
#include "tests/unit/catch.h"

extern "C" [[gnu::used, gnu::noipa]] int a_function_of_this_test() {
  return 1;
}

namespace {

// Touches everything that can be reached, as diverting does; returns the number of named symbols.
size_t walk(const char* path, const char* wanted, bool* found) {
  qiao_elf_file file;
  if (!qiao_elf_open(path, &file)) return 0;
  size_t named = 0;
  for (size_t i = 0; i < file.symbol_count; ++i) {
    const char* name = qiao_elf_name(&file, &file.symbols[i]);
    named += strlen(name) > 0;
    ElfW(Addr) end = 0;
    const unsigned char* bytes = qiao_elf_at(&file, file.symbols[i].st_value, &end);
    if (bytes && wanted && strcmp(name, wanted) == 0) *found = true;
    if (!bytes) continue;
    [[maybe_unused]] volatile unsigned char read = bytes[0];
    read = bytes[end - file.symbols[i].st_value - 1];
  }
  qiao_elf_close(&file);
  return named;
}

std::vector<char> own_bytes() {
  std::ifstream stream("/proc/self/exe", std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct TemporaryFile {
  TemporaryFile() { close(mkstemp(name)); }
  ~TemporaryFile() { unlink(name); }
  void write(const std::vector<char>& bytes) const {
    std::ofstream(name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  char name[32] = "/tmp/qiao_elf_XXXXXX";
};

TEST_CASE("a function of this program is found with its code") {
  bool found = false;
  CHECK(walk("/proc/self/exe", "a_function_of_this_test", &found) > 10);
  CHECK(found);
}

TEST_CASE("what is no ELF file has no symbols") {
  bool found = false;
  CHECK(walk("/proc/self/cmdline", nullptr, &found) == 0);
  CHECK(walk("/no/such/file", nullptr, &found) == 0);
}

TEST_CASE("a damaged file does no damage") {
  const std::vector<char> bytes = own_bytes();
  REQUIRE(bytes.size() > sizeof(Elf64_Ehdr));
  Elf64_Ehdr header;
  memcpy(&header, bytes.data(), sizeof header);
  const size_t places[] = {sizeof header, 1024, header.e_shnum * sizeof(Elf64_Shdr)};
  const size_t starts[] = {0, 0, header.e_shoff};
  std::mt19937 random(1);
  TemporaryFile file;
  bool found = false;
  for (int round = 0; round < 60; ++round) {
    std::vector<char> damaged = bytes;
    for (int i = 0; i < 8; ++i) {
      const size_t where = round % 3;
      damaged[starts[where] + random() % places[where]] = static_cast<char>(random());
    }
    if (round % 5 == 0) damaged.resize(random() % damaged.size());
    file.write(damaged);
    walk(file.name, nullptr, &found);
  }
}

}  // namespace
