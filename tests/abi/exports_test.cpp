// The replaced libraries export what the lists say, on the version node programs were linked against, and nothing else.
#include <dlfcn.h>
#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "shim/api/core.h"
#include "tests/unit/catch.h"

namespace {

struct Row {
  const char* symbol;
  int since, until;
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) {#symbol, since, until},
constexpr Row kDriver[] = {
#include "shim/api/driver.inc"
};
#define QIAO_ENTRY(symbol, body, since, until, result, params, args) {#symbol, since, until},
constexpr Row kCudart[] = {
#include "shim/api/cudart.inc"
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) {#symbol, since, until},
constexpr Row kNvrtc[] = {
#include "shim/api/nvrtc.inc"
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) {#symbol, since, until},
constexpr Row kCublas[] = {
#include "shim/api/cublas.inc"
};

#define QIAO_ENTRY(symbol, body, since, until, result, params, args) {#symbol, since, until},
constexpr Row kCublasLt[] = {
#include "shim/api/cublasLt.inc"
};

std::string path_of(const std::string& file) {
  return std::string(QIAO_LIBRARY_DIR "/") + file;
}

template <size_t N>
std::set<std::string> expected(const Row (&rows)[N], int version) {
  std::set<std::string> names;
  for (const Row& row : rows) {
    if (row.since > version || version >= row.until) continue;
    INFO(row.symbol);
    CHECK(names.insert(row.symbol).second);  // one row per symbol and major
  }
  return names;
}

// The functions in .dynsym.
std::set<std::string> exported(const std::string& file) {
  std::ifstream stream(path_of(file), std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  REQUIRE(bytes.size() > sizeof(Elf64_Ehdr));
  Elf64_Ehdr header;
  memcpy(&header, bytes.data(), sizeof header);
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(bytes.data() + header.e_shoff);
  std::set<std::string> names;
  for (int i = 0; i < header.e_shnum; ++i) {
    if (sections[i].sh_type != SHT_DYNSYM) continue;
    const char* strings = bytes.data() + sections[sections[i].sh_link].sh_offset;
    const auto* symbols = reinterpret_cast<const Elf64_Sym*>(bytes.data() + sections[i].sh_offset);
    for (size_t n = 0; n < sections[i].sh_size / sizeof(Elf64_Sym); ++n) {
      if (symbols[n].st_shndx != SHN_UNDEF && symbols[n].st_shndx != SHN_ABS)
        names.insert(strings + symbols[n].st_name);
    }
  }
  return names;
}

void on_node(const std::string& file, const std::set<std::string>& names) {
  void* library = dlopen(path_of(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  INFO(file);
  REQUIRE(library);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(dlvsym(library, name.c_str(), file.c_str()));
  }
}

TEST_CASE("libcudart exports its major's entry points on its version node") {
  const std::pair<const char*, int> kMajors[] = {
      {"libcudart.so.11.0", 11000}, {"libcudart.so.12", 12000}, {"libcudart.so.13", 13000}};
  for (const auto& [file, version] : kMajors) {
    const auto names = expected(kCudart, version);
    CHECK(exported(file) == names);
    on_node(file, names);
  }
  CHECK(expected(kCudart, 13000).size() == 422);  // as counted in libcudart.so.13
}

TEST_CASE("libcuda exports every entry point, all versions of it") {
  CHECK(exported("libcuda.so.1") == expected(kDriver, 13000));
}

TEST_CASE("libnvrtc exports its major's entry points on its version node") {
  const std::pair<const char*, int> kMajors[] = {
      {"libnvrtc.so.11.2", 11000}, {"libnvrtc.so.12", 12000}, {"libnvrtc.so.13", 13000}};
  for (const auto& [file, version] : kMajors) {
    const auto names = expected(kNvrtc, version);
    CHECK(exported(file) == names);
    on_node(file, names);
  }
}

TEST_CASE("libcublas and libcublasLt export their majors' entry points on their version nodes") {
  for (const int major : {11, 12, 13}) {
    const std::string suffix = ".so." + std::to_string(major);
    const auto names = expected(kCublas, major * 1000), names_lt = expected(kCublasLt, major * 1000);
    CHECK(exported("libcublas" + suffix) == names);
    CHECK(exported("libcublasLt" + suffix) == names_lt);
    on_node("libcublas" + suffix, names);
    on_node("libcublasLt" + suffix, names_lt);
  }
}

TEST_CASE("libqiao exports nothing but its core and the public interface") {
  for (const std::string& name : exported("libqiao.so")) {
    INFO(name);
    CHECK(name.rfind("qiao_", 0) == 0);
  }
}

TEST_CASE("what is implemented may only rise") {
  void* library = dlopen(path_of("libqiao.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  const auto* core = static_cast<const qiao_core*>(dlsym(library, "qiao_core_v1"));
  REQUIRE(core);
  std::ifstream stream(QIAO_SOURCE_DIR "/tests/abi/implemented_count.txt");
  unsigned driver = 0, cudart = 0, nvrtc = 0, cublas = 0, cublas_lt = 0;
  std::string name;
  stream >> name >> driver >> name >> cudart >> name >> nvrtc >> name >> cublas >> name >> cublas_lt;
  REQUIRE(stream);
  // After adding bodies, raise the numbers in implemented_count.txt to these.
  INFO("driver " << core->table(QIAO_LIBRARY_CUDA, 0).implemented << ", cudart "
                 << core->table(QIAO_LIBRARY_CUDART, 0).implemented << ", cublas "
                 << core->table(QIAO_LIBRARY_CUBLAS, 0).implemented << ", cublasLt "
                 << core->table(QIAO_LIBRARY_CUBLASLT, 0).implemented);
  CHECK(core->table(QIAO_LIBRARY_CUDA, 0).count == std::size(kDriver));
  CHECK(core->table(QIAO_LIBRARY_CUDART, 0).count == std::size(kCudart));
  CHECK(core->table(QIAO_LIBRARY_CUDA, 0).implemented >= driver);
  CHECK(core->table(QIAO_LIBRARY_CUDART, 0).implemented >= cudart);
  CHECK(core->table(QIAO_LIBRARY_NVRTC, 0).count == std::size(kNvrtc));
  CHECK(core->table(QIAO_LIBRARY_NVRTC, 0).implemented >= nvrtc);
  CHECK(core->table(QIAO_LIBRARY_CUBLAS, 0).count == std::size(kCublas));
  CHECK(core->table(QIAO_LIBRARY_CUBLAS, 0).implemented >= cublas);
  CHECK(core->table(QIAO_LIBRARY_CUBLASLT, 0).count == std::size(kCublasLt));
  CHECK(core->table(QIAO_LIBRARY_CUBLASLT, 0).implemented >= cublas_lt);
}

}  // namespace
