// A driver-API program that links PTX texts with cuLink*, runs the result, writes it to a file and loads it again; and
// the links that must fail.
#include <cstring>
#include <string>

#include "driver_api.h"

using CUlinkState = struct CUlinkState_st*;
constexpr int kInputObject = 3, kInputPtx = 1;

struct Link {
  CUresult (*create)(unsigned, int*, void**, CUlinkState*);
  CUresult (*add_data)(CUlinkState, int, void*, std::size_t, const char*, unsigned, int*, void**);
  CUresult (*add_file)(CUlinkState, int, const char*, unsigned, int*, void**);
  CUresult (*complete)(CUlinkState, void**, std::size_t*);
  CUresult (*destroy)(CUlinkState);
};

static const char* const kHeader = ".version 7.0\n.target sm_70\n.address_size 64\n";

static const std::string kMain = std::string(kHeader) + R"(
.extern .func (.param .b32 r) twice (.param .b32 a);
.extern .global .align 4 .u32 seed;
.extern .const .align 4 .u32 step;
.global .align 4 .u32 own = 1;
.visible .entry k(.param .u64 out) {
  .reg .b32 %r<8>; .reg .b64 %d<4>; .param .b32 a; .param .b32 r;
  mov.u32 %r0, %tid.x; st.param.b32 [a], %r0; call (r), twice, (a); ld.param.b32 %r1, [r];
  ld.global.u32 %r2, [seed]; add.u32 %r1, %r1, %r2; ld.const.u32 %r2, [step]; add.u32 %r1, %r1, %r2;
  ld.global.u32 %r2, [own]; add.u32 %r1, %r1, %r2;
  ld.param.u64 %d0, [out]; mul.wide.u32 %d1, %r0, 4; add.u64 %d0, %d0, %d1; st.global.u32 [%d0], %r1; ret; }
)";
static const std::string kPart = std::string(kHeader) + R"(
.global .align 4 .u32 own = 2;
.visible .global .align 4 .u32 seed = 700;
.visible .const .align 4 .u32 step = 10000;
.weak .func (.param .b32 r) twice (.param .b32 a) { .reg .b32 %r<4>;
  ld.param.b32 %r0, [a]; add.u32 %r0, %r0, %r0; ld.global.u32 %r1, [own]; add.u32 %r0, %r0, %r1;
  st.param.b32 [r], %r0; ret; }
)";
static const std::string kWeak = std::string(kHeader) + R"(
.weak .func (.param .b32 r) twice (.param .b32 a) { st.param.b32 [r], 0; ret; }
.weak .global .align 4 .u32 seed = 1;
)";

static long run(const Driver& driver, const void* image) {
  CUmodule module = nullptr;
  CUfunction kernel = nullptr;
  CUdeviceptr out = 0;
  must(driver, driver.module_load_data(&module, image));
  must(driver, driver.module_get_function(&kernel, module, "k"));
  must(driver, driver.mem_alloc(&out, 32 * 4));
  void* arguments[] = {&out};
  must(driver, driver.launch_kernel(kernel, 1, 1, 1, 32, 1, 1, 0, nullptr, arguments, nullptr));
  must(driver, driver.context_synchronize());
  unsigned got[32];
  must(driver, driver.memcpy_to_host(got, out, sizeof got));
  must(driver, driver.mem_free(out));
  must(driver, driver.module_unload(module));
  long wrong = 0;
  for (unsigned i = 0; i < 32; ++i) wrong += got[i] != 2 * i + 2 + 700 + 10000 + 1;
  return wrong;
}

static CUresult add(const Link& link, CUlinkState state, const std::string& text) {
  std::string copy = text;
  return link.add_data(state, kInputPtx, copy.data(), copy.size() + 1, "unit", 0, nullptr, nullptr);
}

// Links two texts and gives the code of the step that failed; `log` is the error log.
static CUresult failing(const Link& link, const std::string& a, const std::string& b, char (&log)[512]) {
  log[0] = '\0';
  int options[] = {kJitErrorLogBuffer, kJitErrorLogBytes};
  void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
  CUlinkState state = nullptr;
  CUresult status = link.create(2, options, values, &state);
  if (status == kSuccess) status = add(link, state, a);
  if (status == kSuccess) status = add(link, state, b);
  void* image = nullptr;
  std::size_t bytes = 0;
  if (status == kSuccess) status = link.complete(state, &image, &bytes);
  link.destroy(state);
  return status;
}

int main() {
  Driver driver = open_driver();
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  Link link{};
  auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(driver_symbol(library, name));
  };
  find(link.create, "cuLinkCreate_v2");
  find(link.add_data, "cuLinkAddData_v2");
  find(link.add_file, "cuLinkAddFile_v2");
  find(link.complete, "cuLinkComplete");
  find(link.destroy, "cuLinkDestroy");
  make_context(driver);

  // A strong and the first weak definition win, whatever comes behind; one input is a file.
  char path[] = "/tmp/link_ptx_XXXXXX";
  const int file = mkstemp(path);
  std::FILE* stream = fdopen(file, "w");
  std::fwrite(kPart.data(), 1, kPart.size(), stream);
  std::fclose(stream);
  CUlinkState state = nullptr;
  must(driver, link.create(0, nullptr, nullptr, &state));
  must(driver, add(link, state, kMain));
  must(driver, link.add_file(state, kInputPtx, path, 0, nullptr, nullptr));
  must(driver, add(link, state, kWeak));
  std::remove(path);
  void* image = nullptr;
  std::size_t bytes = 0;
  must(driver, link.complete(state, &image, &bytes));
  long wrong = run(driver, image);
  const std::string saved(static_cast<const char*>(image), bytes);
  must(driver, link.destroy(state));
  wrong += run(driver, saved.data());

  char log[512];
  wrong += failing(link, kMain, "not PTX", log) == kSuccess;
  wrong += failing(link, kPart, kPart, log) == kSuccess || std::strstr(log, "defined twice") == nullptr;
  wrong += failing(link, kMain, std::string(kHeader) + ".visible .func twice() { ret; }", log) == kSuccess ||
           std::strstr(log, "two different signatures") == nullptr;
  wrong += failing(link, kMain, kWeak, log) == kSuccess || std::strstr(log, "step") == nullptr;
  must(driver, link.create(0, nullptr, nullptr, &state));
  char object[16] = {};
  wrong += link.add_data(state, kInputObject, object, sizeof object, "o", 0, nullptr, nullptr) == kSuccess;
  must(driver, link.destroy(state));
  wrong += link.destroy(state) == kSuccess;
  std::printf("link_ptx: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong == 0 ? 0 : 1;
}
