// PTX kernels compiled by the JIT (or run by another executor), over buffers of device memory.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/unit/device_sim/jit/session/executors.h"

namespace qiao::isa {

template <class Word>
class DeviceWords {
 public:
  DeviceWords(hal::Device& device, uint64_t count) : device_(device), count_(count) {
    auto allocated = device.allocate(sizeof(Word) * count);
    REQUIRE(allocated.ok());
    address_ = *allocated;
  }
  ~DeviceWords() { (void)device_.release(address_); }
  DeviceWords(const DeviceWords&) = delete;

  uint64_t address() const { return address_; }
  std::span<Word> words() { return {reinterpret_cast<Word*>(address_), count_}; }  // device memory is host memory

 private:
  hal::Device& device_;
  uint64_t count_;
  uint64_t address_ = 0;
};

// Kernel `k` of a module, whose parameters are 64 bits each.
class CompiledKernel {
 public:
  CompiledKernel(const std::string& executor, const std::string& text) : device_(device_of(executor)) {
    auto parsed = ptx::parse(".version 8.8\n.target sm_100a\n.address_size 64\n" + text);
    if (!parsed) FAIL(parsed.error().message);
    auto loaded = device_.load(std::make_shared<const ptx::Module>(std::move(*parsed)));
    if (!loaded) FAIL(loaded.error().message);
    module_ = std::move(*loaded);
    kernel_ = module_->find_kernel("k");
    REQUIRE(kernel_ != nullptr);
    INFO(text << kernel_->attributes().unusable);
    REQUIRE(kernel_->attributes().unusable.empty());
  }

  hal::Device& device() { return device_; }
  // Whether it runs while the host's floating-point unit flushes subnormals.
  bool flushes() const { return static_cast<machine::SimKernel&>(*kernel_).image().layout.flushes_subnormals; }

  void launch(uint32_t threads, std::initializer_list<uint64_t> params) {  // `threads`: a multiple of 256
    std::vector<std::byte> bytes(8 * params.size());
    std::memcpy(bytes.data(), params.begin(), bytes.size());
    auto done = device_.launch({kernel_, {threads / 256, 1, 1}, {256, 1, 1}, 0, false, bytes});
    if (!done) FAIL(done.error().message);
  }

 private:
  hal::Device& device_;
  std::unique_ptr<hal::LoadedModule> module_;
  hal::Kernel* kernel_ = nullptr;
};

// The start of such a kernel: %index is the thread's number, %p0, %p1, ... the parameters.
inline std::string kernel_head(unsigned params, const std::string& registers) {
  std::string list, loads;
  for (unsigned i = 0; i < params; ++i) {
    const std::string n = std::to_string(i);
    list += (i ? ", .param .u64 p" : ".param .u64 p") + n;
    loads += "ld.param.u64 %p" + n + ", [p" + n + "];\n";
  }
  return ".visible .entry k(" + list + ") {\n.reg .u64 %p<8>, %a<8>;\n.reg .u32 %t<4>, %index;\n" + registers + loads +
         "mov.u32 %t0, %ctaid.x;\nmov.u32 %t1, %ntid.x;\nmov.u32 %t2, %tid.x;\nmad.lo.u32 %index, %t0, %t1, %t2;\n";
}

}  // namespace qiao::isa
