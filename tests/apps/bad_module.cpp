// Modules that cannot be loaded: PTX with an error (the log says where), PTX cut short, a fatbin whose entry claims
// more than the file holds, noise, a missing file, a missing kernel. Each the right error; then a good module loads and
// works.
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "driver_api.h"
#include "scale_ptx.h"

static long wrong = 0;

static void expect(const Driver& driver, const char* what, CUresult got, std::vector<CUresult> wanted) {
  for (CUresult one : wanted) {
    if (got == one) return;
  }
  ++wrong;
  std::fprintf(stderr, "%s: got %s, expected %s\n", what, name_of(driver, got), name_of(driver, wanted[0]));
}

static void check_ptx(const Driver& driver) {
  CUmodule module = nullptr;
  std::string bad = kScalePtx;
  bad.replace(bad.find("fma.rn.f32"), 10, "fmb.rn.f32");
  char log[1024] = "";
  int options[] = {kJitErrorLogBuffer, kJitErrorLogBytes};
  void* values[] = {log, reinterpret_cast<void*>(sizeof(log))};
  expect(driver, "an unknown instruction", driver.module_load_data_ex(&module, bad.c_str(), 2, options, values),
         {kInvalidPtx});
  if (std::strlen(log) == 0) ++wrong, std::fprintf(stderr, "an unknown instruction: the log is empty\n");
  std::string cut = std::string(kScalePtx).substr(0, std::strlen(kScalePtx) / 2);
  expect(driver, "PTX cut short", driver.module_load_data(&module, cut.c_str()), {kInvalidPtx});
  std::string undeclared = kScalePtx;
  undeclared.replace(undeclared.find("[bias]"), 6, "[bios]");
  expect(driver, "an undeclared name", driver.module_load_data(&module, undeclared.c_str()), {kInvalidPtx});
}

// A fat binary's header is 16 bytes (magic, version 1, header size, bytes that follow), an entry's 64: kind 1 (PTX),
// version, header size, payload size. Here the payload is said to be 1 MB and the file ends after 100 bytes.
static std::vector<char> cut_fatbin() {
  std::vector<char> bytes(16 + 64 + 100, 0);
  auto put = [&](std::size_t at, auto value) { std::memcpy(&bytes[at], &value, sizeof(value)); };
  put(0, std::uint32_t{0xba55ed50});
  put(4, std::uint16_t{1});
  put(6, std::uint16_t{16});
  put(8, std::uint64_t{64 + 100});
  put(16, std::uint16_t{1});
  put(18, std::uint16_t{0x101});
  put(20, std::uint32_t{64});
  put(24, std::uint64_t{1 << 20});
  return bytes;
}

static void check_files(const Driver& driver) {
  CUmodule module = nullptr;
  std::vector<char> fatbin = cut_fatbin();
  expect(driver, "a fatbin cut short", driver.module_load_data(&module, fatbin.data()), {kInvalidImage});
  std::string path = "bad_module." + std::to_string(getpid()) + ".fatbin";
  std::ofstream(path, std::ios::binary).write(fatbin.data(), 60);
  expect(driver, "a fatbin file cut short", driver.module_load(&module, path.c_str()), {kInvalidImage});
  std::remove(path.c_str());
  expect(driver, "a missing file", driver.module_load(&module, "/no/such/file.ptx"), {kFileNotFound});
  expect(driver, "no image", driver.module_load_data(&module, nullptr), {kInvalidValue});
  const char noise[64] = "\x01\x02\x03 this is no module";
  expect(driver, "noise", driver.module_load_data(&module, noise), {kInvalidImage, kInvalidPtx});
}

int main() {
  Driver driver = open_driver();
  make_context(driver);
  check_ptx(driver);
  check_files(driver);
  CUmodule module = nullptr;
  CUfunction kernel = nullptr;
  must(driver, driver.module_load_data(&module, kScalePtx));
  expect(driver, "a missing kernel", driver.module_get_function(&kernel, module, "no_such_kernel"), {kNotFound});
  must(driver, driver.module_get_function(&kernel, module, "scale"));
  std::printf("bad_module: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
