// Programs compiled while the program runs: templates by name expression, headers from memory, options, both kinds of
// architecture, logs, and every wrong argument. argv[1]: the library. Declares what it uses and needs no toolkit; the
// same expectations hold on NVIDIA's own library.
#include <cstring>
#include <string>
#include <vector>

#include "driver_api.h"

namespace {

using Program = struct _nvrtcProgram*;
using Texts = const char* const*;

enum Result {
  Success = 0,
  InvalidInput = 3,
  InvalidProgram = 4,
  InvalidOption = 5,
  Compilation = 6,
  NamesTooLate = 8,
  NamesTooEarly = 9
};

struct Nvrtc {
  int (*version)(int*, int*);
  const char* (*error_string)(int);
  int (*num_archs)(int*);
  int (*archs)(int*);
  int (*create)(Program*, const char*, const char*, int, Texts, Texts);
  int (*destroy)(Program*);
  int (*compile)(Program, int, Texts);
  int (*ptx_size)(Program, std::size_t*);
  int (*ptx)(Program, char*);
  int (*cubin_size)(Program, std::size_t*);
  int (*cubin)(Program, char*);
  int (*log_size)(Program, std::size_t*);
  int (*log)(Program, char*);
  int (*add_name)(Program, const char*);
  int (*lowered)(Program, const char*, const char**);
};

struct Link {
  CUresult (*create)(unsigned, int*, void**, void**);
  CUresult (*add)(void*, int, void*, std::size_t, const char*, unsigned, int*, void**);
  CUresult (*complete)(void*, void**, std::size_t*);
  CUresult (*destroy)(void*);
};

Nvrtc nvrtc;
Driver driver;
Link linker;
long wrong = 0;

void expect(bool truth, int line = __builtin_LINE()) {
  if (truth) return;
  ++wrong;
  std::fprintf(stderr, "line %d: not true\n", line);
}

void expect(int got, int want, int line = __builtin_LINE()) {
  if (got == want) return;
  ++wrong;
  std::fprintf(stderr, "line %d: got %d %s, expected %d\n", line, got, nvrtc.error_string(got), want);
}

void open(const char* file) {
  void* library = dlopen(file, RTLD_NOW);
  if (library == nullptr) std::fprintf(stderr, "skipped: %s\n", dlerror()), std::exit(77);
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (function == nullptr) std::fprintf(stderr, "%s has no %s\n", file, name), std::exit(1);
  };
  find(nvrtc.version, "nvrtcVersion");
  find(nvrtc.error_string, "nvrtcGetErrorString");
  find(nvrtc.num_archs, "nvrtcGetNumSupportedArchs");
  find(nvrtc.archs, "nvrtcGetSupportedArchs");
  find(nvrtc.create, "nvrtcCreateProgram");
  find(nvrtc.destroy, "nvrtcDestroyProgram");
  find(nvrtc.compile, "nvrtcCompileProgram");
  find(nvrtc.ptx_size, "nvrtcGetPTXSize");
  find(nvrtc.ptx, "nvrtcGetPTX");
  find(nvrtc.cubin_size, "nvrtcGetCUBINSize");
  find(nvrtc.cubin, "nvrtcGetCUBIN");
  find(nvrtc.log_size, "nvrtcGetProgramLogSize");
  find(nvrtc.log, "nvrtcGetProgramLog");
  find(nvrtc.add_name, "nvrtcAddNameExpression");
  find(nvrtc.lowered, "nvrtcGetLoweredName");
}

Program make(const char* source, std::vector<const char*> headers = {}, std::vector<const char*> names = {}) {
  Program program = nullptr;
  expect(nvrtc.create(&program, source, "test.cu", int(headers.size()), headers.data(), names.data()), Success);
  return program;
}

int compile(Program program, std::vector<const char*> options) {
  return nvrtc.compile(program, int(options.size()), options.data());
}

template <class Size, class Get>
std::string text(Program program, Size size, Get get) {
  std::size_t bytes = 0;
  expect(size(program, &bytes), Success);
  std::string made(bytes, '\0');
  expect(get(program, made.data()), Success);
  return made;
}

// "sm_NN" of the first device, or what the library has below it.
std::string architecture(const char* prefix) {
  int major = 0, minor = 0, count = 0;
  must(driver, driver.device_get_attribute(&major, 75, 0));
  must(driver, driver.device_get_attribute(&minor, 76, 0));
  expect(nvrtc.num_archs(&count), Success);
  std::vector<int> archs(count);
  expect(nvrtc.archs(archs.data()), Success);
  int best = archs.at(0);
  for (const int arch : archs) best = arch <= major * 10 + minor ? arch : best;
  return std::string("--gpu-architecture=") + prefix + std::to_string(best);
}

constexpr const char* kSource = R"(
#include "part/scale.h"
__constant__ int offset;
namespace space {
template <class T, int N> __global__ void affine(T* data) {
  const T added = OFFSET_TYPE(offset);
  data[threadIdx.x] = scaled<T>(data[threadIdx.x]) * N + added;
}
}
extern "C" __global__ void plain(int* data) { data[threadIdx.x] += 1; }
)";
constexpr const char* kHeader = "template <class T> __device__ T scaled(T value) { return value * FACTOR; }\n";

// Both kernels of kSource on 32 elements; the image has them under these names.
void run(const void* image, const char* affine, const char* offset) {
  CUmodule module = nullptr;
  CUfunction kernel = nullptr, plain = nullptr;
  CUdeviceptr data = 0, constant = 0;
  std::size_t bytes = 0;
  must(driver, driver.module_load_data(&module, image));
  must(driver, driver.module_get_function(&kernel, module, affine));
  must(driver, driver.module_get_function(&plain, module, "plain"));
  must(driver, driver.module_get_global(&constant, &bytes, module, offset));
  expect(bytes == sizeof(int));
  const int seven = 7;
  must(driver, driver.memcpy_to_device(constant, &seven, sizeof seven));
  int values[32];
  for (int i = 0; i < 32; ++i) values[i] = i;
  must(driver, driver.mem_alloc(&data, sizeof values));
  must(driver, driver.memcpy_to_device(data, values, sizeof values));
  void* arguments[] = {&data};
  must(driver, driver.launch_kernel(kernel, 1, 1, 1, 32, 1, 1, 0, nullptr, arguments, nullptr));
  must(driver, driver.launch_kernel(plain, 1, 1, 1, 32, 1, 1, 0, nullptr, arguments, nullptr));
  must(driver, driver.context_synchronize());
  must(driver, driver.memcpy_to_host(values, data, sizeof values));
  for (int i = 0; i < 32; ++i) expect(values[i] == i * 3 * 5 + 7 + 1);
  must(driver, driver.mem_free(data));
  must(driver, driver.module_unload(module));
}

void link_and_run(std::string cubin, const char* affine, const char* offset) {
  constexpr int kInputCubin = 0;
  void *state = nullptr, *image = nullptr;
  std::size_t size = 0;
  must(driver, linker.create(0, nullptr, nullptr, &state));
  must(driver, linker.add(state, kInputCubin, cubin.data(), cubin.size(), "cubin", 0, nullptr, nullptr));
  must(driver, linker.complete(state, &image, &size));
  run(image, affine, offset);
  must(driver, linker.destroy(state));
}

void good_program(bool real) {
  Program program = make(kSource, {kHeader}, {"part/scale.h"});
  expect(nvrtc.add_name(program, "space::affine<int, 5>"), Success);
  expect(nvrtc.add_name(program, "&offset"), Success);
  expect(nvrtc.add_name(program, "plain"), Success);
  const char* name = nullptr;
  expect(nvrtc.lowered(program, "plain", &name), NamesTooEarly);
  const std::string arch = architecture(real ? "sm_" : "compute_");
  const int result = compile(program, {arch.c_str(), "--std=c++17", "-DFACTOR=3", "--define-macro=OFFSET_TYPE(x)=T(x)",
                                       "-I", ".", "--fmad=false", "-default-device"});
  if (result != Success) std::fprintf(stderr, "%s\n", text(program, nvrtc.log_size, nvrtc.log).c_str());
  expect(result, Success);
  expect(nvrtc.add_name(program, "plain"), NamesTooLate);
  const char *affine = "?", *offset = "?";
  expect(nvrtc.lowered(program, "space::affine<int, 5>", &affine), Success);
  expect(nvrtc.lowered(program, "&offset", &offset), Success);
  expect(nvrtc.lowered(program, "plain", &name), Success);
  expect(std::strcmp(name, "plain") == 0);
  expect(std::strcmp(affine, "_ZN5space6affineIiLi5EEEvPT_") == 0);
  const std::string ptx = text(program, nvrtc.ptx_size, nvrtc.ptx);
  expect(ptx.size() > 1 && ptx.back() == '\0' && ptx.find(affine) != std::string::npos);
  run(ptx.data(), affine, offset);
  const std::string cubin = text(program, nvrtc.cubin_size, nvrtc.cubin);
  expect(cubin.empty() == !real);
  if (real) run(cubin.data(), affine, offset);
  if (real) link_and_run(cubin, affine, offset);
  expect(nvrtc.destroy(&program), Success);
  expect(program == nullptr);
}

void unannotated() {
  const char* source =
      "int seen = 4; int twice(int x) { return 2 * x; }\n"
      "extern \"C\" __global__ void k(int* out) { *out = twice(seen); }\n";
  Program program = make(source);
  expect(compile(program, {}), Compilation);
  expect(compile(program, {"--device-as-default-execution-space"}), Success);
  expect(nvrtc.destroy(&program), Success);
}

void bad_programs() {
  Program program = make("__global__ void k(int* p) {\n  *p = missing;\n}\n");
  expect(text(program, nvrtc.log_size, nvrtc.log).size() == 1);  // before there is any
  expect(text(program, nvrtc.ptx_size, nvrtc.ptx).size() == 1);
  expect(compile(program, {}), Compilation);
  const std::string log = text(program, nvrtc.log_size, nvrtc.log);
  expect(log.find("test.cu") != std::string::npos && log.find("missing") != std::string::npos);
  expect(text(program, nvrtc.ptx_size, nvrtc.ptx).size() == 1);
  expect(compile(program, {"--no-such-option"}), InvalidOption);
  expect(text(program, nvrtc.log_size, nvrtc.log).find("--no-such-option") != std::string::npos);
  expect(compile(program, {"--gpu-architecture=sm_11"}), InvalidOption);
  expect(nvrtc.destroy(&program), Success);
  program = make("__global__ void k() {}");
  expect(nvrtc.add_name(program, "absent<int>"), Success);
  expect(compile(program, {}), Compilation);
  expect(text(program, nvrtc.log_size, nvrtc.log).find("absent") != std::string::npos);
  expect(nvrtc.destroy(&program), Success);
}

void wrong_arguments() {
  Program program = nullptr;
  std::size_t size = 0;
  int number = 0;
  expect(nvrtc.version(nullptr, &number), InvalidInput);
  expect(nvrtc.version(&number, nullptr), InvalidInput);
  expect(nvrtc.num_archs(nullptr), InvalidInput);
  expect(nvrtc.archs(nullptr), InvalidInput);
  expect(nvrtc.create(nullptr, "", nullptr, 0, nullptr, nullptr), InvalidProgram);
  expect(nvrtc.create(&program, nullptr, nullptr, 0, nullptr, nullptr), InvalidInput);
  expect(nvrtc.create(&program, "", nullptr, -1, nullptr, nullptr), InvalidInput);
  expect(nvrtc.create(&program, "", nullptr, 1, nullptr, nullptr), InvalidInput);
  for (Program none : {Program(nullptr)}) {
    expect(nvrtc.compile(none, 0, nullptr), InvalidProgram);
    expect(nvrtc.ptx_size(none, &size), InvalidProgram);
    expect(nvrtc.cubin_size(none, &size), InvalidProgram);
    expect(nvrtc.log_size(none, &size), InvalidProgram);
    expect(nvrtc.add_name(none, "x"), InvalidProgram);
    expect(nvrtc.destroy(&none), InvalidProgram);
  }
  expect(nvrtc.destroy(nullptr), InvalidProgram);
  program = make("__global__ void k() {}");
  expect(nvrtc.compile(program, -1, nullptr), InvalidInput);
  expect(nvrtc.compile(program, 1, nullptr), InvalidOption);
  expect(nvrtc.ptx_size(program, nullptr), InvalidInput);
  expect(nvrtc.ptx(program, nullptr), InvalidInput);
  expect(nvrtc.cubin_size(program, nullptr), InvalidInput);
  expect(nvrtc.cubin(program, nullptr), InvalidInput);
  expect(nvrtc.log_size(program, nullptr), InvalidInput);
  expect(nvrtc.log(program, nullptr), InvalidInput);
  expect(nvrtc.add_name(program, nullptr), InvalidInput);
  expect(nvrtc.destroy(&program), Success);
  expect(std::strcmp(nvrtc.error_string(Compilation), "NVRTC_ERROR_COMPILATION") == 0);
  expect(std::strcmp(nvrtc.error_string(99), "NVRTC_ERROR unknown") == 0);
}

}  // namespace

int main(int argc, char** argv) {
  open(argc > 1 ? argv[1] : "libnvrtc.so.12");
  driver = open_driver();
  const DriverFunctions find(Lookup::Symbols);
  find(linker.create, "cuLinkCreate", "cuLinkCreate_v2");
  find(linker.add, "cuLinkAddData", "cuLinkAddData_v2");
  find(linker.complete, "cuLinkComplete", "cuLinkComplete");
  find(linker.destroy, "cuLinkDestroy", "cuLinkDestroy");
  make_context(driver);
  int major = 0, minor = -1;
  expect(nvrtc.version(&major, &minor), Success);
  expect(major >= 11 && minor >= 0);
  wrong_arguments();
  bad_programs();
  unannotated();
  good_program(false);
  good_program(true);
  std::printf("nvrtc: %s\n", wrong == 0 ? "PASS" : "FAIL");
  return wrong != 0;
}
