// The part of the driver API which the driver programs use, declared by ourselves and looked up in libcuda.so.1 at run
// time: these programs build without any toolkit. Names, numbers and signatures are those of the interface.
#pragma once

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct CUctx_st*;
using CUmodule = struct CUmod_st*;
using CUfunction = struct CUfunc_st*;
using CUstream = struct CUstream_st*;

constexpr CUresult kSuccess = 0;
constexpr CUresult kInvalidValue = 1;
constexpr CUresult kInvalidImage = 200;
constexpr CUresult kInvalidPtx = 218;
constexpr CUresult kFileNotFound = 301;
constexpr CUresult kNotFound = 500;
constexpr int kJitErrorLogBuffer = 5;
constexpr int kJitErrorLogBytes = 6;

struct Driver {
  CUresult (*init)(unsigned);
  CUresult (*device_get)(CUdevice*, int);
  CUresult (*device_get_name)(char*, int, CUdevice);
  CUresult (*device_get_attribute)(int*, int, CUdevice);
  CUresult (*context_retain)(CUcontext*, CUdevice);
  CUresult (*context_set)(CUcontext);
  CUresult (*context_synchronize)();
  CUresult (*module_load)(CUmodule*, const char*);
  CUresult (*module_load_data)(CUmodule*, const void*);
  CUresult (*module_load_data_ex)(CUmodule*, const void*, unsigned, int*, void**);
  CUresult (*module_get_function)(CUfunction*, CUmodule, const char*);
  CUresult (*module_get_global)(CUdeviceptr*, std::size_t*, CUmodule, const char*);
  CUresult (*module_unload)(CUmodule);
  CUresult (*mem_alloc)(CUdeviceptr*, std::size_t);
  CUresult (*mem_free)(CUdeviceptr);
  CUresult (*memcpy_to_device)(CUdeviceptr, const void*, std::size_t);
  CUresult (*memcpy_to_host)(void*, CUdeviceptr, std::size_t);
  CUresult (*launch_kernel)(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream,
                            void**, void**);
  CUresult (*get_error_name)(CUresult, const char**);
};

// How a program finds the driver's functions: by their exported names, or asked for by base name and version.
enum class Lookup { Symbols, ProcAddress };

inline void* driver_symbol(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == nullptr) std::fprintf(stderr, "libcuda.so.1 has no %s\n", name), std::exit(1);
  return found;
}

// Finds functions one by one, or ends the program.
class DriverFunctions {
 public:
  explicit DriverFunctions(Lookup lookup) : lookup_(lookup), library_(dlopen("libcuda.so.1", RTLD_NOW)) {
    if (library_ == nullptr) std::fprintf(stderr, "%s\n", dlerror()), std::exit(1);
    get_ = reinterpret_cast<GetProcAddress>(driver_symbol(library_, "cuGetProcAddress_v2"));
  }

  // `base` and `symbol`: the manual's name, and that of its newest version in the library.
  template <class Function>
  void operator()(Function& function, const char* base, const char* symbol) const {
    void* found = nullptr;
    if (lookup_ == Lookup::Symbols) found = driver_symbol(library_, symbol);
    int status = 0;
    if (lookup_ == Lookup::ProcAddress && (get_(base, &found, 12000, 0, &status) != kSuccess || found == nullptr)) {
      std::fprintf(stderr, "cuGetProcAddress does not know %s\n", base), std::exit(1);
    }
    function = reinterpret_cast<Function>(found);
  }

 private:
  using GetProcAddress = CUresult (*)(const char*, void**, int, std::uint64_t, int*);
  Lookup lookup_;
  void* library_;
  GetProcAddress get_ = nullptr;
};

inline Driver open_driver(Lookup lookup = Lookup::Symbols) {
  const DriverFunctions find(lookup);
  Driver driver;
  find(driver.init, "cuInit", "cuInit");
  find(driver.device_get, "cuDeviceGet", "cuDeviceGet");
  find(driver.device_get_name, "cuDeviceGetName", "cuDeviceGetName");
  find(driver.device_get_attribute, "cuDeviceGetAttribute", "cuDeviceGetAttribute");
  find(driver.context_retain, "cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRetain");
  find(driver.context_set, "cuCtxSetCurrent", "cuCtxSetCurrent");
  find(driver.context_synchronize, "cuCtxSynchronize", "cuCtxSynchronize");
  find(driver.module_load, "cuModuleLoad", "cuModuleLoad");
  find(driver.module_load_data, "cuModuleLoadData", "cuModuleLoadData");
  find(driver.module_load_data_ex, "cuModuleLoadDataEx", "cuModuleLoadDataEx");
  find(driver.module_get_function, "cuModuleGetFunction", "cuModuleGetFunction");
  find(driver.module_get_global, "cuModuleGetGlobal", "cuModuleGetGlobal_v2");
  find(driver.module_unload, "cuModuleUnload", "cuModuleUnload");
  find(driver.mem_alloc, "cuMemAlloc", "cuMemAlloc_v2");
  find(driver.mem_free, "cuMemFree", "cuMemFree_v2");
  find(driver.memcpy_to_device, "cuMemcpyHtoD", "cuMemcpyHtoD_v2");
  find(driver.memcpy_to_host, "cuMemcpyDtoH", "cuMemcpyDtoH_v2");
  find(driver.launch_kernel, "cuLaunchKernel", "cuLaunchKernel");
  find(driver.get_error_name, "cuGetErrorName", "cuGetErrorName");
  return driver;
}

inline const char* name_of(const Driver& driver, CUresult status) {
  const char* name = "?";
  return driver.get_error_name(status, &name) == kSuccess ? name : "an unknown error";
}

inline void must(const Driver& driver, CUresult status, int line = __builtin_LINE()) {
  if (status == kSuccess) return;
  std::fprintf(stderr, "line %d: %s\n", line, name_of(driver, status));
  std::exit(1);
}

inline void make_context(const Driver& driver) {
  CUdevice device = 0;
  CUcontext context = nullptr;
  must(driver, driver.init(0));
  must(driver, driver.device_get(&device, 0));
  must(driver, driver.context_retain(&context, device));
  must(driver, driver.context_set(context));
}
