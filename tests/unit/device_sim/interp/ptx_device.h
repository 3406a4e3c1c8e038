// A device whose only executor is the interpreter, fed with PTX text: what the interpreter's tests run kernels on.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "src/hal/device.h"
#include "src/perf/launch_counters.h"
#include "src/ptx/parse.h"
#include "tests/unit/catch.h"

namespace qiao {

// Opened once: counters on, executor chosen by the environment as for a user.
inline hal::Device& interpreted_device() {
  static const std::unique_ptr<hal::Device> device = [] {
    setenv("QIAO_EXECUTOR", "interpreter", 1);
    setenv("QIAO_COUNTERS", "1", 1);
    setenv("QIAO_LOG", "off", 0);
    hal::ChipDescription chip;
    chip.memory.bytes = uint64_t{1} << 30;
    Result<std::unique_ptr<hal::Device>> opened = hal::open_device(chip);
    REQUIRE(opened.ok());
    return std::move(*opened);
  }();
  return *device;
}

// Device memory holding `values`, released at the end of the test.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::vector<T> values) : count_(values.size()) {
    Result<hal::DevicePtr> allocated = interpreted_device().allocate(sizeof(T) * count_);
    REQUIRE(allocated.ok());
    address_ = *allocated;
    std::memcpy(data(), values.data(), sizeof(T) * count_);
  }
  explicit Buffer(size_t count) : Buffer(std::vector<T>(count)) {}
  ~Buffer() { (void)interpreted_device().release(address_).ok(); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  uint64_t address() const { return address_; }
  T* data() { return reinterpret_cast<T*>(address_); }
  T operator[](size_t i) { return data()[i]; }

 private:
  size_t count_;
  uint64_t address_ = 0;
};

class PtxModule {
 public:
  explicit PtxModule(const std::string& body) {
    Result<ptx::Module> parsed = ptx::parse(".version 8.0\n.target sm_80\n.address_size 64\n" + body);
    if (!parsed) FAIL(parsed.error().message);
    Result<std::unique_ptr<hal::LoadedModule>> loaded =
        interpreted_device().load(std::make_shared<const ptx::Module>(std::move(*parsed)));
    if (!loaded) FAIL(loaded.error().message);
    module_ = std::move(*loaded);
  }

  hal::LoadedModule& loaded() { return *module_; }

  // Parameters are given as 64-bit words, each cut to its size.
  Result<void> try_launch(const std::string& name, hal::Dim3 grid, hal::Dim3 block, std::vector<uint64_t> words,
                          uint32_t dynamic_shared = 0) {
    hal::Kernel* kernel = module_->find_kernel(name);
    REQUIRE(kernel != nullptr);
    const hal::KernelAttributes& attributes = kernel->attributes();
    INFO(attributes.unusable);
    REQUIRE(attributes.param_offsets.size() == words.size());
    std::vector<std::byte> params(attributes.param_bytes);
    for (size_t i = 0; i < words.size(); ++i) {
      std::memcpy(&params[attributes.param_offsets[i]], &words[i], std::min<size_t>(attributes.param_sizes[i], 8));
    }
    return interpreted_device().launch({kernel, grid, block, dynamic_shared, false, params});
  }

  void launch(const std::string& name, hal::Dim3 grid, hal::Dim3 block, std::vector<uint64_t> words,
              uint32_t dynamic_shared = 0) {
    Result<void> done = try_launch(name, grid, block, std::move(words), dynamic_shared);
    if (!done) FAIL(done.error().message);
  }

  Error fault(const std::string& name, hal::Dim3 grid, hal::Dim3 block, std::vector<uint64_t> words) {
    Result<void> done = try_launch(name, grid, block, std::move(words));
    REQUIRE_FALSE(done.ok());
    return done.error();
  }

 private:
  std::unique_ptr<hal::LoadedModule> module_;
};

}  // namespace qiao
