// What runs kernels: the chip through the public driver API (cuda_device.cpp), or a peer through OpenCL
// (opencl_device.cpp). The first failure is kept until it is asked for, so that the kernels' hosts need not look at
// every call.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>

#include "kernels/bench/host/buffer.h"
#include "src/base/result.h"

namespace qiao::bench {

using DevicePointer = unsigned long long;  // CUdeviceptr; or a cl_mem
using ModuleHandle = void*;                // CUmodule; cl_program
using Function = void*;                    // CUfunction; cl_kernel

struct Dim {
  unsigned x = 1, y = 1, z = 1;
};

struct Argument {
  void* value;
  std::size_t bytes;
};

class Device {
 public:
  virtual ~Device() = default;

  // `text` is PTX, or OpenCL C.
  virtual Result<ModuleHandle> load(const char* text) = 0;
  virtual void unload(ModuleHandle module) = 0;
  virtual Function function(ModuleHandle module, const std::string& name) = 0;

  virtual DevicePointer allocate(std::size_t bytes) = 0;
  virtual void release(DevicePointer pointer) = 0;
  virtual void upload(DevicePointer to, const void* from, std::size_t bytes) = 0;
  virtual void download(void* to, DevicePointer from, std::size_t bytes) = 0;
  virtual void copy(DevicePointer to, DevicePointer from, std::size_t bytes) = 0;
  virtual void set(DevicePointer to, unsigned char value, std::size_t bytes) = 0;
  virtual void synchronize() = 0;

  template <class... Arguments>
  void launch(Function function, Dim grid, Dim block, Arguments... arguments) {
    launch_list(function, grid, block, {{&arguments, sizeof arguments}...});
  }

  // What went wrong since it was last asked.
  Result<void> failure();
  const std::string& name() const { return name_; }

 protected:
  virtual void launch_list(Function function, Dim grid, Dim block, std::initializer_list<Argument> arguments) = 0;
  void fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
  }

  std::string name_;

 private:
  std::string failure_;
};

Result<std::unique_ptr<Device>> open_cuda();
// PoCL, where it is installed.
Result<std::unique_ptr<Device>> open_opencl();

// A loaded module's kernels by name.
class Module {
 public:
  static Result<Module> load(Device& device, const char* text);
  Module(Module&& other) noexcept;
  Module& operator=(Module&&) = delete;
  ~Module();

  Function operator[](const std::string& kernel) const;

 private:
  Module(Device& device, ModuleHandle handle) : device_(&device), handle_(handle) {}
  Device* device_;
  ModuleHandle handle_;
  mutable std::map<std::string, Function> functions_;
};

template <class T>
class DeviceArray {
 public:
  DeviceArray(Device& device, std::size_t count) : device_(device), count_(count) {
    pointer_ = device.allocate(count * sizeof(T));
  }
  DeviceArray(Device& device, const Buffer<T>& values) : DeviceArray(device, values.size()) { upload(values); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { device_.release(pointer_); }

  DevicePointer get() const { return pointer_; }
  void upload(const Buffer<T>& values) { device_.upload(pointer_, values.data(), count_ * sizeof(T)); }
  void download(Buffer<T>& values) const { device_.download(values.data(), pointer_, count_ * sizeof(T)); }
  void copy(const DeviceArray& from) { device_.copy(pointer_, from.pointer_, count_ * sizeof(T)); }
  void clear() { device_.set(pointer_, 0, count_ * sizeof(T)); }
  void forget() { device_.set(pointer_, 0xff, count_ * sizeof(T)); }  // NaN, -1

 private:
  Device& device_;
  std::size_t count_;
  DevicePointer pointer_ = 0;
};

}  // namespace qiao::bench
