// The chip, through the public driver API alone: libcuda.so.1 is opened at run time, as any program would. The first
// failure is kept until it is asked for, so that the kernels' hosts need not look at every call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernels/bench/host/buffer.h"
#include "src/base/result.h"

namespace qiao::bench {

using DevicePointer = unsigned long long;  // CUdeviceptr
using Function = struct CUfunc_st*;        // CUfunction

struct Dim {
  unsigned x = 1, y = 1, z = 1;
};

struct DriverCalls;

class Device {
 public:
  static Result<std::unique_ptr<Device>> open();
  ~Device();

  // The kernels of a module, looked up in `text`.
  Result<struct CUmod_st*> load(const char* text);
  void unload(struct CUmod_st* module);
  Function function(struct CUmod_st* module, const std::string& name);

  DevicePointer allocate(std::size_t bytes);
  void release(DevicePointer pointer);
  void upload(DevicePointer to, const void* from, std::size_t bytes);
  void download(void* to, DevicePointer from, std::size_t bytes);
  void copy(DevicePointer to, DevicePointer from, std::size_t bytes);
  void set(DevicePointer to, unsigned char value, std::size_t bytes);
  void synchronize();

  template <class... Arguments>
  void launch(Function function, Dim grid, Dim block, Arguments... arguments) {
    void* list[] = {&arguments..., nullptr};
    launch_list(function, grid, block, list);
  }

  // What went wrong since it was last asked.
  Result<void> failure();
  const std::string& name() const { return name_; }

 private:
  Device();
  Result<void> start();
  void launch_list(Function function, Dim grid, Dim block, void** arguments);
  void note(const char* what, int status);

  std::unique_ptr<DriverCalls> calls_;
  std::string name_;
  std::string failure_;
};

// A loaded module's kernels by name.
class Module {
 public:
  static Result<Module> load(Device& device, const char* text);
  Module(Module&& other) noexcept;
  Module& operator=(Module&&) = delete;
  ~Module();

  Function operator[](const std::string& kernel) const;

 private:
  Module(Device& device, struct CUmod_st* handle) : device_(&device), handle_(handle) {}
  Device* device_;
  struct CUmod_st* handle_;
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
