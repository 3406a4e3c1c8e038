// What loaded code tells of itself: its kernels, counted and listed, their parameters, and logs of the compiler that
// are strings also where there is nothing to tell. By modules and libraries of the driver API, and by libraries of the
// runtime API where there is one.
#include <cstring>
#include <set>
#include <string>

#include "driver_api.h"

namespace {

const char kCode[] = R"(
.version 7.0
.target sm_50
.address_size 64
.visible .global .align 4 .u32 answer = 42;
.visible .entry first(.param .u64 out, .param .u8 small, .param .align 8 .b8 large[24], .param .u32 last) {
  .reg .b64 %rd<2>; .reg .b32 %r<2>;
  ld.param.u64 %rd1, [out]; ld.param.u32 %r1, [last]; st.global.u32 [%rd1], %r1; ret;
}
.visible .entry second() { ret; }
)";

long wrong = 0;

void expect(long got, long want, int line = __builtin_LINE()) {
  if (got == want) return;
  ++wrong;
  std::fprintf(stderr, "line %d: got %ld, expected %ld\n", line, got, want);
}

// Both libraries have these, for handles of their own.
struct Library {
  int (*load)(void** library, const void* code, int* options, void** values, unsigned count, int*, void**, unsigned);
  int (*kernel)(void** kernel, void* library, const char* name);
  int (*global)(void** address, std::size_t* bytes, void* library, const char* name);
  int (*count)(unsigned* count, void* library);
  int (*list)(void** kernels, unsigned most, void* library);
  int (*unload)(void* library);
  int (*parameter)(void* kernel, std::size_t index, std::size_t* offset, std::size_t* bytes);
  int (*name)(const char** name, void* kernel);
};

void check_parameters(const Library& of, void* kernel) {
  const std::size_t want[][2] = {{0, 8}, {8, 1}, {16, 24}, {40, 4}};
  for (std::size_t i = 0; i < 4; ++i) {
    std::size_t offset = 99, bytes = 99;
    expect(of.parameter(kernel, i, &offset, &bytes), kSuccess);
    expect(static_cast<long>(offset), static_cast<long>(want[i][0]));
    expect(static_cast<long>(bytes), static_cast<long>(want[i][1]));
    expect(of.parameter(kernel, i, &offset, nullptr), kSuccess);
  }
  std::size_t offset;
  expect(of.parameter(kernel, 4, &offset, nullptr), kInvalidValue);
}

void check_list(const Library& of, void* library) {
  unsigned count = 0;
  expect(of.count(&count, library), kSuccess);
  expect(count, 2);
  void* kernels[3] = {};
  expect(of.list(kernels, 3, library), kSuccess);
  expect(kernels[2] == nullptr, 1);
  std::set<std::string> names;
  for (int i = 0; i < 2; ++i) {
    const char* name = nullptr;
    expect(of.name(&name, kernels[i]), kSuccess);
    if (name != nullptr) names.insert(name);
  }
  expect(names == std::set<std::string>{"first", "second"}, 1);
  void* one[2] = {};
  expect(of.list(one, 1, library), kSuccess);
  expect(one[0] != nullptr && one[1] == nullptr, 1);
}

void check_library(const Library& of) {
  char log[100], errors[100];
  std::memset(log, 'x', sizeof log);
  std::memset(errors, 'x', sizeof errors);
  int options[] = {3, 4, kJitErrorLogBuffer, kJitErrorLogBytes};  // 3 and 4: the information log and its size
  void* values[] = {log, reinterpret_cast<void*>(sizeof log), errors, reinterpret_cast<void*>(sizeof errors)};
  void *library = nullptr, *kernel = nullptr, *address = nullptr;
  expect(of.load(&library, kCode, options, values, 4, nullptr, nullptr, 0), kSuccess);
  expect(std::memchr(log, 0, sizeof log) != nullptr, 1);
  expect(errors[0], 0);
  check_list(of, library);
  expect(of.kernel(&kernel, library, "first"), kSuccess);
  check_parameters(of, kernel);
  expect(of.kernel(&kernel, library, "third") == kSuccess, 0);
  std::size_t bytes = 0;
  expect(of.global(&address, &bytes, library, "answer"), kSuccess);
  expect(static_cast<long>(bytes), 4);
  expect(of.unload(library), kSuccess);
}

template <class Function>
void find(void* library, Function& function, const char* name) {
  function = reinterpret_cast<Function>(driver_symbol(library, name));
}

void check_module(const Driver& driver) {
  CUmodule module = nullptr;
  must(driver, driver.module_load_data(&module, kCode));
  void* api = dlopen("libcuda.so.1", RTLD_NOW);
  Library of{};
  find(api, of.count, "cuModuleGetFunctionCount");
  find(api, of.list, "cuModuleEnumerateFunctions");
  find(api, of.parameter, "cuFuncGetParamInfo");
  find(api, of.name, "cuFuncGetName");
  check_list(of, module);
  CUfunction function = nullptr;
  must(driver, driver.module_get_function(&function, module, "first"));
  check_parameters(of, function);
  must(driver, driver.module_unload(module));
}

}  // namespace

int main() {
  const Driver driver = open_driver();
  make_context(driver);
  check_module(driver);
  void* api = dlopen("libcuda.so.1", RTLD_NOW);
  Library of{};
  find(api, of.load, "cuLibraryLoadData");
  find(api, of.kernel, "cuLibraryGetKernel");
  find(api, of.global, "cuLibraryGetGlobal");
  find(api, of.count, "cuLibraryGetKernelCount");
  find(api, of.list, "cuLibraryEnumerateKernels");
  find(api, of.unload, "cuLibraryUnload");
  find(api, of.parameter, "cuKernelGetParamInfo");
  find(api, of.name, "cuKernelGetName");
  check_library(of);
  if (void* runtime = dlopen("libcudart.so.13", RTLD_NOW)) {
    find(runtime, of.load, "cudaLibraryLoadData");
    find(runtime, of.kernel, "cudaLibraryGetKernel");
    find(runtime, of.global, "cudaLibraryGetGlobal");
    find(runtime, of.count, "cudaLibraryGetKernelCount");
    find(runtime, of.list, "cudaLibraryEnumerateKernels");
    find(runtime, of.unload, "cudaLibraryUnload");
    find(runtime, of.parameter, "cudaFuncGetParamInfo");
    find(runtime, of.name, "cudaFuncGetName");
    check_library(of);
  }
  std::printf("loaded_code: %s\n", wrong == 0 ? "good" : "wrong");
  return wrong != 0;
}
