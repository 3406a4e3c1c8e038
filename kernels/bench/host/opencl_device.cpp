// PoCL, the CPU's OpenCL, where libOpenCL.so.1 and PoCL are installed. Buffers are ours, on huge pages, as on both
// other sides.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <vector>

#include "kernels/bench/host/device.h"
#include "kernels/bench/host/library.h"

namespace qiao::bench {
namespace {

// Names, numbers and signatures are OpenCL 1.2's.
using Status = int;
using Platform = struct _cl_platform_id*;
using DeviceId = struct _cl_device_id*;
using Context = struct _cl_context*;
using Queue = struct _cl_command_queue*;
using Program = struct _cl_program*;
using Kernel = struct _cl_kernel*;
using Memory = struct _cl_mem*;
constexpr unsigned kPlatformName = 0x0902, kTrue = 1;
constexpr Status kNoSuchKernel = -46;
constexpr std::uint64_t kCpu = 2, kReadWrite = 1, kUseHostPointer = 8;
constexpr const char* kBuildOptions = "-cl-fast-relaxed-math -cl-mad-enable";

struct OpenclCalls {
  Status (*platforms)(unsigned, Platform*, unsigned*);
  Status (*platform_info)(Platform, unsigned, std::size_t, void*, std::size_t*);
  Status (*devices)(Platform, std::uint64_t, unsigned, DeviceId*, unsigned*);
  Context (*create_context)(const std::intptr_t*, unsigned, const DeviceId*, void*, void*, Status*);
  Queue (*create_queue)(Context, DeviceId, std::uint64_t, Status*);
  Program (*create_program)(Context, unsigned, const char**, const std::size_t*, Status*);
  Status (*build)(Program, unsigned, const DeviceId*, const char*, void*, void*);
  Status (*release_program)(Program);
  Kernel (*create_kernel)(Program, const char*, Status*);
  Memory (*create_buffer)(Context, std::uint64_t, std::size_t, void*, Status*);
  Status (*release)(Memory);
  Status (*write)(Queue, Memory, unsigned, std::size_t, std::size_t, const void*, unsigned, const void*, void*);
  Status (*read)(Queue, Memory, unsigned, std::size_t, std::size_t, void*, unsigned, const void*, void*);
  Status (*copy)(Queue, Memory, Memory, std::size_t, std::size_t, std::size_t, unsigned, const void*, void*);
  Status (*fill)(Queue, Memory, const void*, std::size_t, std::size_t, std::size_t, unsigned, const void*, void*);
  Status (*set_argument)(Kernel, unsigned, std::size_t, const void*);
  Status (*launch)(Queue, Kernel, unsigned, const std::size_t*, const std::size_t*, const std::size_t*, unsigned,
                   const void*, void*);
  Status (*finish)(Queue);
};

Memory memory_of(DevicePointer pointer) {
  return reinterpret_cast<Memory>(static_cast<std::uintptr_t>(pointer));
}

class OpenclDevice final : public Device {
 public:
  Result<void> start();
  Result<ModuleHandle> load(const char* text) override;
  void unload(ModuleHandle module) override {
    note("clReleaseProgram", calls_.release_program(static_cast<Program>(module)));
  }
  Function function(ModuleHandle module, const std::string& name) override;
  DevicePointer allocate(std::size_t bytes) override;
  void release(DevicePointer pointer) override;
  void upload(DevicePointer to, const void* from, std::size_t bytes) override;
  void download(void* to, DevicePointer from, std::size_t bytes) override;
  void copy(DevicePointer to, DevicePointer from, std::size_t bytes) override;
  void set(DevicePointer to, unsigned char value, std::size_t bytes) override;
  void synchronize() override { note("clFinish", calls_.finish(queue_)); }

 private:
  void launch_list(Function function, Dim grid, Dim block, std::initializer_list<Argument> arguments) override;
  Result<void> find_calls();
  Result<void> find_device();
  void note(const char* what, Status status) {
    if (status != 0) fail(std::string(what) + ": " + std::to_string(status));
  }

  OpenclCalls calls_{};
  DeviceId id_ = nullptr;
  Context context_ = nullptr;
  Queue queue_ = nullptr;
  std::map<DevicePointer, std::unique_ptr<Buffer<char>>> buffers_;
};

Result<void> OpenclDevice::find_calls() {
  Library library("libOpenCL.so.1");
  library.find(calls_.platforms, "clGetPlatformIDs");
  library.find(calls_.platform_info, "clGetPlatformInfo");
  library.find(calls_.devices, "clGetDeviceIDs");
  library.find(calls_.create_context, "clCreateContext");
  library.find(calls_.create_queue, "clCreateCommandQueue");
  library.find(calls_.create_program, "clCreateProgramWithSource");
  library.find(calls_.build, "clBuildProgram");
  library.find(calls_.release_program, "clReleaseProgram");
  library.find(calls_.create_kernel, "clCreateKernel");
  library.find(calls_.create_buffer, "clCreateBuffer");
  library.find(calls_.release, "clReleaseMemObject");
  library.find(calls_.write, "clEnqueueWriteBuffer");
  library.find(calls_.read, "clEnqueueReadBuffer");
  library.find(calls_.copy, "clEnqueueCopyBuffer");
  library.find(calls_.fill, "clEnqueueFillBuffer");
  library.find(calls_.set_argument, "clSetKernelArg");
  library.find(calls_.launch, "clEnqueueNDRangeKernel");
  library.find(calls_.finish, "clFinish");
  return library.found();
}

Result<void> OpenclDevice::find_device() {
  unsigned count = 0;
  Platform platforms[16] = {};
  if (calls_.platforms(16, platforms, &count) != 0) count = 0;
  for (unsigned i = 0; i < count && i < 16; ++i) {
    char name[256] = "";
    calls_.platform_info(platforms[i], kPlatformName, sizeof name - 1, name, nullptr);
    if (std::string(name).find("Portable Computing Language") == std::string::npos) continue;
    if (calls_.devices(platforms[i], kCpu, 1, &id_, nullptr) == 0) return {};
  }
  return invalid(Code::NoDevice, "PoCL is not installed");
}

Result<void> OpenclDevice::start() {
  setenv("POCL_MAX_PTHREAD_COUNT", "1", 1);  // one thread: as we are
  if (Result<void> found = find_calls(); !found) return found.error();
  if (Result<void> found = find_device(); !found) return found.error();
  Status status = 0;
  context_ = calls_.create_context(nullptr, 1, &id_, nullptr, nullptr, &status);
  note("clCreateContext", status);
  if (status == 0) queue_ = calls_.create_queue(context_, id_, 0, &status);
  note("clCreateCommandQueue", status);
  name_ = "PoCL";
  return failure();
}

Result<ModuleHandle> OpenclDevice::load(const char* text) {
  Status status = 0;
  Program program = calls_.create_program(context_, 1, &text, nullptr, &status);
  note("clCreateProgramWithSource", status);
  if (status == 0) status = calls_.build(program, 1, &id_, kBuildOptions, nullptr, nullptr);
  note("clBuildProgram", status);
  if (Result<void> built = failure(); !built) return built.error();
  return ModuleHandle(program);
}

Function OpenclDevice::function(ModuleHandle module, const std::string& name) {
  Status status = 0;
  Kernel kernel = calls_.create_kernel(static_cast<Program>(module), name.c_str(), &status);
  if (status == kNoSuchKernel) {
    fail("has no version in OpenCL");
  } else {
    note("clCreateKernel", status);
  }
  return kernel;
}

DevicePointer OpenclDevice::allocate(std::size_t bytes) {
  auto buffer = std::make_unique<Buffer<char>>(bytes);
  Status status = 0;
  Memory memory = calls_.create_buffer(context_, kReadWrite | kUseHostPointer, bytes, buffer->data(), &status);
  note("clCreateBuffer", status);
  const auto pointer = static_cast<DevicePointer>(reinterpret_cast<std::uintptr_t>(memory));
  buffers_[pointer] = std::move(buffer);
  return pointer;
}

void OpenclDevice::release(DevicePointer pointer) {
  note("clReleaseMemObject", calls_.release(memory_of(pointer)));
  buffers_.erase(pointer);
}

void OpenclDevice::upload(DevicePointer to, const void* from, std::size_t bytes) {
  note("clEnqueueWriteBuffer", calls_.write(queue_, memory_of(to), kTrue, 0, bytes, from, 0, nullptr, nullptr));
}

void OpenclDevice::download(void* to, DevicePointer from, std::size_t bytes) {
  note("clEnqueueReadBuffer", calls_.read(queue_, memory_of(from), kTrue, 0, bytes, to, 0, nullptr, nullptr));
}

void OpenclDevice::copy(DevicePointer to, DevicePointer from, std::size_t bytes) {
  note("clEnqueueCopyBuffer", calls_.copy(queue_, memory_of(from), memory_of(to), 0, 0, bytes, 0, nullptr, nullptr));
  synchronize();
}

void OpenclDevice::set(DevicePointer to, unsigned char value, std::size_t bytes) {
  note("clEnqueueFillBuffer", calls_.fill(queue_, memory_of(to), &value, 1, 0, bytes, 0, nullptr, nullptr));
  synchronize();
}

void OpenclDevice::launch_list(Function function, Dim grid, Dim block, std::initializer_list<Argument> arguments) {
  const auto kernel = static_cast<Kernel>(function);
  if (kernel == nullptr) return;
  unsigned index = 0;
  for (const Argument& argument : arguments) {
    note("clSetKernelArg", calls_.set_argument(kernel, index++, argument.bytes, argument.value));
  }
  const std::size_t local[3] = {block.x, block.y, block.z};
  const std::size_t global[3] = {std::size_t{grid.x} * block.x, std::size_t{grid.y} * block.y,
                                 std::size_t{grid.z} * block.z};
  note("clEnqueueNDRangeKernel", calls_.launch(queue_, kernel, 3, nullptr, global, local, 0, nullptr, nullptr));
}

}  // namespace

Result<std::unique_ptr<Device>> open_opencl() {
  auto device = std::make_unique<OpenclDevice>();
  if (Result<void> started = device->start(); !started) return started.error();
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace qiao::bench
