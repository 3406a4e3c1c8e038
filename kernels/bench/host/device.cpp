#include "kernels/bench/host/device.h"

#include <dlfcn.h>

#include <type_traits>

namespace qiao::bench {
namespace {

using Status = int;  // CUresult

}  // namespace

// Names, numbers and signatures are the driver API's.
struct DriverCalls {
  Status (*init)(unsigned);
  Status (*device_get)(int*, int);
  Status (*device_name)(char*, int, int);
  Status (*context_retain)(struct CUctx_st**, int);
  Status (*context_set)(struct CUctx_st*);
  Status (*context_synchronize)();
  Status (*module_load)(struct CUmod_st**, const void*);
  Status (*module_unload)(struct CUmod_st*);
  Status (*module_function)(Function*, struct CUmod_st*, const char*);
  Status (*allocate)(DevicePointer*, std::size_t);
  Status (*release)(DevicePointer);
  Status (*upload)(DevicePointer, const void*, std::size_t);
  Status (*download)(void*, DevicePointer, std::size_t);
  Status (*copy)(DevicePointer, DevicePointer, std::size_t);
  Status (*set_bytes)(DevicePointer, unsigned char, std::size_t);
  Status (*launch)(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, struct CUstream_st*,
                   void**, void**);
  Status (*error_name)(Status, const char**);
};

Device::Device() : calls_(std::make_unique<DriverCalls>()) {}
Device::~Device() = default;

Result<std::unique_ptr<Device>> Device::open() {
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) return invalid(Code::SharedObjectInitFailed, dlerror());
  std::unique_ptr<Device> device(new Device);
  const char* missing = nullptr;
  auto find = [&](auto& call, const char* name) {
    call = reinterpret_cast<std::decay_t<decltype(call)>>(dlsym(library, name));
    if (call == nullptr) missing = name;
  };
  DriverCalls& calls = *device->calls_;
  find(calls.init, "cuInit");
  find(calls.device_get, "cuDeviceGet");
  find(calls.device_name, "cuDeviceGetName");
  find(calls.context_retain, "cuDevicePrimaryCtxRetain");
  find(calls.context_set, "cuCtxSetCurrent");
  find(calls.context_synchronize, "cuCtxSynchronize");
  find(calls.module_load, "cuModuleLoadData");
  find(calls.module_unload, "cuModuleUnload");
  find(calls.module_function, "cuModuleGetFunction");
  find(calls.allocate, "cuMemAlloc_v2");
  find(calls.release, "cuMemFree_v2");
  find(calls.upload, "cuMemcpyHtoD_v2");
  find(calls.download, "cuMemcpyDtoH_v2");
  find(calls.copy, "cuMemcpyDtoD_v2");
  find(calls.set_bytes, "cuMemsetD8_v2");
  find(calls.launch, "cuLaunchKernel");
  find(calls.error_name, "cuGetErrorName");
  if (missing != nullptr) return invalid(Code::NotFound, std::string("libcuda.so.1 has no ") + missing);
  if (Result<void> started = device->start(); !started) return started.error();
  return device;
}

Result<void> Device::start() {
  int number = 0;
  struct CUctx_st* context = nullptr;
  char name[256] = "";
  note("cuInit", calls_->init(0));
  note("cuDeviceGet", calls_->device_get(&number, 0));
  note("cuDeviceGetName", calls_->device_name(name, sizeof name, number));
  note("cuDevicePrimaryCtxRetain", calls_->context_retain(&context, number));
  note("cuCtxSetCurrent", calls_->context_set(context));
  name_ = name;
  return failure();
}

void Device::note(const char* what, int status) {
  if (status == 0 || !failure_.empty()) return;
  const char* error = "an unknown error";
  calls_->error_name(status, &error);
  failure_ = std::string(what) + ": " + error;
}

Result<void> Device::failure() {
  if (failure_.empty()) return {};
  return invalid(Code::LaunchFailed, std::exchange(failure_, std::string()));
}

Result<struct CUmod_st*> Device::load(const char* text) {
  struct CUmod_st* module = nullptr;
  note("cuModuleLoadData", calls_->module_load(&module, text));
  if (Result<void> loaded = failure(); !loaded) return loaded.error();
  return module;
}

void Device::unload(struct CUmod_st* module) {
  note("cuModuleUnload", calls_->module_unload(module));
}

Function Device::function(struct CUmod_st* module, const std::string& name) {
  Function found = nullptr;
  note("cuModuleGetFunction", calls_->module_function(&found, module, name.c_str()));
  return found;
}

DevicePointer Device::allocate(std::size_t bytes) {
  DevicePointer pointer = 0;
  note("cuMemAlloc", calls_->allocate(&pointer, bytes));
  return pointer;
}

void Device::release(DevicePointer pointer) {
  if (pointer != 0) note("cuMemFree", calls_->release(pointer));
}

void Device::upload(DevicePointer to, const void* from, std::size_t bytes) {
  note("cuMemcpyHtoD", calls_->upload(to, from, bytes));
}

void Device::download(void* to, DevicePointer from, std::size_t bytes) {
  note("cuMemcpyDtoH", calls_->download(to, from, bytes));
}

void Device::copy(DevicePointer to, DevicePointer from, std::size_t bytes) {
  note("cuMemcpyDtoD", calls_->copy(to, from, bytes));
}

void Device::set(DevicePointer to, unsigned char value, std::size_t bytes) {
  note("cuMemsetD8", calls_->set_bytes(to, value, bytes));
}

void Device::synchronize() {
  note("cuCtxSynchronize", calls_->context_synchronize());
}

void Device::launch_list(Function function, Dim grid, Dim block, void** arguments) {
  note("cuLaunchKernel",
       calls_->launch(function, grid.x, grid.y, grid.z, block.x, block.y, block.z, 0, nullptr, arguments, nullptr));
}

Result<Module> Module::load(Device& device, const char* text) {
  Result<struct CUmod_st*> handle = device.load(text);
  if (!handle) return handle.error();
  return Module(device, *handle);
}

Module::Module(Module&& other) noexcept
    : device_(other.device_), handle_(std::exchange(other.handle_, nullptr)), functions_(std::move(other.functions_)) {}

Module::~Module() {
  if (handle_ != nullptr) device_->unload(handle_);
}

Function Module::operator[](const std::string& kernel) const {
  auto [at, is_new] = functions_.try_emplace(kernel, nullptr);
  if (is_new) at->second = device_->function(handle_, kernel);
  return at->second;
}

}  // namespace qiao::bench
