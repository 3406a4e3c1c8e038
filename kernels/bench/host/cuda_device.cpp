// The driver API: libcuda.so.1 is opened at run time, as any program would.

#include "kernels/bench/host/device.h"
#include "kernels/bench/host/library.h"

namespace qiao::bench {
namespace {

using Status = int;  // CUresult
using CudaModule = struct CUmod_st*;
using CudaFunction = struct CUfunc_st*;

// Names, numbers and signatures are the driver API's.
struct DriverCalls {
  Status (*init)(unsigned);
  Status (*device_get)(int*, int);
  Status (*device_name)(char*, int, int);
  Status (*context_retain)(struct CUctx_st**, int);
  Status (*context_set)(struct CUctx_st*);
  Status (*context_synchronize)();
  Status (*module_load)(CudaModule*, const void*);
  Status (*module_unload)(CudaModule);
  Status (*module_function)(CudaFunction*, CudaModule, const char*);
  Status (*allocate)(DevicePointer*, std::size_t);
  Status (*release)(DevicePointer);
  Status (*upload)(DevicePointer, const void*, std::size_t);
  Status (*download)(void*, DevicePointer, std::size_t);
  Status (*copy)(DevicePointer, DevicePointer, std::size_t);
  Status (*set_bytes)(DevicePointer, unsigned char, std::size_t);
  Status (*launch)(CudaFunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   struct CUstream_st*, void**, void**);
  Status (*error_name)(Status, const char**);
};

class CudaDevice final : public Device {
 public:
  Result<void> start();
  Result<ModuleHandle> load(const char* text) override;
  void unload(ModuleHandle module) override;
  Function function(ModuleHandle module, const std::string& name) override;
  DevicePointer allocate(std::size_t bytes) override;
  void release(DevicePointer pointer) override;
  void upload(DevicePointer to, const void* from, std::size_t bytes) override;
  void download(void* to, DevicePointer from, std::size_t bytes) override;
  void copy(DevicePointer to, DevicePointer from, std::size_t bytes) override;
  void set(DevicePointer to, unsigned char value, std::size_t bytes) override;
  void synchronize() override;

 private:
  void launch_list(Function function, Dim grid, Dim block, std::initializer_list<Argument> arguments) override;
  Result<void> find_calls();
  void note(const char* what, Status status);

  DriverCalls calls_{};
};

Result<void> CudaDevice::find_calls() {
  Library library("libcuda.so.1");
  library.find(calls_.init, "cuInit");
  library.find(calls_.device_get, "cuDeviceGet");
  library.find(calls_.device_name, "cuDeviceGetName");
  library.find(calls_.context_retain, "cuDevicePrimaryCtxRetain");
  library.find(calls_.context_set, "cuCtxSetCurrent");
  library.find(calls_.context_synchronize, "cuCtxSynchronize");
  library.find(calls_.module_load, "cuModuleLoadData");
  library.find(calls_.module_unload, "cuModuleUnload");
  library.find(calls_.module_function, "cuModuleGetFunction");
  library.find(calls_.allocate, "cuMemAlloc_v2");
  library.find(calls_.release, "cuMemFree_v2");
  library.find(calls_.upload, "cuMemcpyHtoD_v2");
  library.find(calls_.download, "cuMemcpyDtoH_v2");
  library.find(calls_.copy, "cuMemcpyDtoD_v2");
  library.find(calls_.set_bytes, "cuMemsetD8_v2");
  library.find(calls_.launch, "cuLaunchKernel");
  library.find(calls_.error_name, "cuGetErrorName");
  return library.found();
}

Result<void> CudaDevice::start() {
  if (Result<void> found = find_calls(); !found) return found.error();
  int number = 0;
  struct CUctx_st* context = nullptr;
  char name[256] = "";
  note("cuInit", calls_.init(0));
  note("cuDeviceGet", calls_.device_get(&number, 0));
  note("cuDeviceGetName", calls_.device_name(name, sizeof name, number));
  note("cuDevicePrimaryCtxRetain", calls_.context_retain(&context, number));
  note("cuCtxSetCurrent", calls_.context_set(context));
  name_ = name;
  return failure();
}

void CudaDevice::note(const char* what, int status) {
  if (status == 0) return;
  const char* error = "an unknown error";
  calls_.error_name(status, &error);
  fail(std::string(what) + ": " + error);
}

Result<ModuleHandle> CudaDevice::load(const char* text) {
  CudaModule module = nullptr;
  note("cuModuleLoadData", calls_.module_load(&module, text));
  if (Result<void> loaded = failure(); !loaded) return loaded.error();
  return ModuleHandle(module);
}

void CudaDevice::unload(ModuleHandle module) {
  note("cuModuleUnload", calls_.module_unload(static_cast<CudaModule>(module)));
}

Function CudaDevice::function(ModuleHandle module, const std::string& name) {
  CudaFunction found = nullptr;
  note("cuModuleGetFunction", calls_.module_function(&found, static_cast<CudaModule>(module), name.c_str()));
  return found;
}

DevicePointer CudaDevice::allocate(std::size_t bytes) {
  DevicePointer pointer = 0;
  note("cuMemAlloc", calls_.allocate(&pointer, bytes));
  return pointer;
}

void CudaDevice::release(DevicePointer pointer) {
  if (pointer != 0) note("cuMemFree", calls_.release(pointer));
}

void CudaDevice::upload(DevicePointer to, const void* from, std::size_t bytes) {
  note("cuMemcpyHtoD", calls_.upload(to, from, bytes));
}

void CudaDevice::download(void* to, DevicePointer from, std::size_t bytes) {
  note("cuMemcpyDtoH", calls_.download(to, from, bytes));
}

void CudaDevice::copy(DevicePointer to, DevicePointer from, std::size_t bytes) {
  note("cuMemcpyDtoD", calls_.copy(to, from, bytes));
}

void CudaDevice::set(DevicePointer to, unsigned char value, std::size_t bytes) {
  note("cuMemsetD8", calls_.set_bytes(to, value, bytes));
}

void CudaDevice::synchronize() {
  note("cuCtxSynchronize", calls_.context_synchronize());
}

void CudaDevice::launch_list(Function function, Dim grid, Dim block, std::initializer_list<Argument> arguments) {
  void* values[16] = {};
  std::size_t count = 0;
  for (const Argument& argument : arguments) values[count++] = argument.value;
  note("cuLaunchKernel", calls_.launch(static_cast<CudaFunction>(function), grid.x, grid.y, grid.z, block.x, block.y,
                                       block.z, 0, nullptr, values, nullptr));
}

}  // namespace

Result<std::unique_ptr<Device>> open_cuda() {
  auto device = std::make_unique<CudaDevice>();
  if (Result<void> started = device->start(); !started) return started.error();
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace qiao::bench
