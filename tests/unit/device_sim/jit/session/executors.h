// The same PTX kernel on every executor, from the same inputs: what differential tests compare.
#pragma once

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "device_sim/machine/block_executor.h"
#include "device_sim/machine/loaded_module.h"
#include "src/hal/device.h"
#include "src/ptx/parse.h"
#include "tests/unit/catch.h"

namespace qiao {

// "quick" is warp mode in the code of its quick tier, "warp" in that of the full one.
inline hal::Device& device_of(const std::string& executor) {
  static std::map<std::string, std::unique_ptr<hal::Device>> devices;
  auto& device = devices[executor];
  if (!device) {
    setenv("QIAO_EXECUTOR", executor == "quick" ? "warp" : executor.c_str(), 1);
    setenv("QIAO_TIER", executor == "quick" ? "quick" : "full", 1);
    setenv("QIAO_CACHE", "off", 0);
    hal::ChipDescription chip;
    chip.memory.bytes = uint64_t{1} << 28;
    auto opened = hal::open_device(chip);
    if (!opened) FAIL(opened.error().message);
    device = std::move(*opened);
  }
  return *device;
}

using Words = std::vector<uint32_t>;

struct Launch {
  hal::Dim3 grid{1, 1, 1};
  hal::Dim3 block{32, 1, 1};
  uint32_t dynamic_shared = 0;
  std::vector<hal::Dim3> before;  // block shapes launched first: after a few, code for any shape is used
  std::vector<Words> buffers;     // the kernel's pointer parameters, in order; read back after the launch
  std::vector<uint32_t> scalars;  // the .u32 parameters behind them
};

struct Outcome {
  Code code = Code::Success;
  std::string message;
  std::vector<Words> buffers;
};

// Text without a .version gets one.
inline std::shared_ptr<const ptx::Module> parse_ptx(const std::string& text) {
  const bool whole = text.starts_with(".version");
  auto parsed = ptx::parse(whole ? text : ".version 8.0\n.target sm_80\n.address_size 64\n" + text);
  if (!parsed) FAIL(parsed.error().message);
  return std::make_shared<const ptx::Module>(std::move(*parsed));
}

// Runs kernel `k` of `text`.
inline Outcome run_on(const std::string& executor, const std::string& text, const Launch& launch) {
  hal::Device& device = device_of(executor);
  auto loaded = device.load(parse_ptx(text));
  if (!loaded) FAIL(loaded.error().message);
  hal::Kernel* kernel = (*loaded)->find_kernel("k");
  REQUIRE(kernel != nullptr);
  const hal::KernelAttributes& attributes = kernel->attributes();
  INFO(attributes.unusable);
  REQUIRE(attributes.param_offsets.size() == launch.buffers.size() + launch.scalars.size());
  std::vector<std::byte> params(attributes.param_bytes);
  std::vector<uint64_t> addresses;
  for (const Words& words : launch.buffers) {
    auto allocated = device.allocate(4 * words.size());
    REQUIRE(allocated.ok());
    std::memcpy(&params[attributes.param_offsets[addresses.size()]], &*allocated, 8);
    addresses.push_back(*allocated);
  }
  for (size_t i = 0; i < launch.scalars.size(); ++i) {
    std::memcpy(&params[attributes.param_offsets[addresses.size() + i]], &launch.scalars[i], 4);
  }
  for (const hal::Dim3& block : launch.before) {
    CHECK(device.launch({kernel, {1, 1, 1}, block, launch.dynamic_shared, false, params}).ok());
  }
  for (size_t i = 0; i < addresses.size(); ++i) {
    std::memcpy(reinterpret_cast<void*>(addresses[i]), launch.buffers[i].data(), 4 * launch.buffers[i].size());
  }
  Outcome outcome;
  auto done = device.launch({kernel, launch.grid, launch.block, launch.dynamic_shared, false, params});
  if (!done) {
    outcome.code = done.error().code;
    outcome.message = done.error().message;
  }
  for (size_t i = 0; i < addresses.size(); ++i) {
    Words words(launch.buffers[i].size());
    std::memcpy(words.data(), reinterpret_cast<void*>(addresses[i]), 4 * words.size());
    outcome.buffers.push_back(std::move(words));
    CHECK(device.release(addresses[i]).ok());
  }
  return outcome;
}

inline Words random_words(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  Words words(count);
  for (uint32_t& word : words) word = generator();
  return words;
}

inline Words random_floats(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-100, 100);
  Words words(count);
  for (uint32_t& word : words) {
    float value = distribution(generator);
    std::memcpy(&word, &value, 4);
  }
  return words;
}

// Why the executor cannot run kernel `k`; empty: it can. The machine would quietly take another.
inline std::string refusal_of(machine::Executor& executor, const std::string& text, const Launch& launch) {
  auto loaded = device_of("interpreter").load(parse_ptx(text));
  if (!loaded) FAIL(loaded.error().message);
  auto& kernel = static_cast<machine::SimKernel&>(*(*loaded)->find_kernel("k"));
  auto code = executor.prepare(kernel.image(), {launch.block, perf::CountLevel::None, false});
  return code ? "" : code.error().message;
}

enum class Expect { Warp, LaneOnly };

// Runs it everywhere; the interpreter is the oracle.
inline void compare_executors(const std::string& text, const Launch& launch, Expect expect = Expect::Warp) {
  setenv("QIAO_CACHE", "off", 0);
  CHECK(refusal_of(*machine::make_lane_executor(), text, launch) == "");
  CHECK((refusal_of(*machine::make_warp_executor(), text, launch) == "") == (expect == Expect::Warp));
  Outcome expected = run_on("interpreter", text, launch);
  INFO(expected.message);
  REQUIRE(expected.code == Code::Success);
  for (const char* executor : {"lane", "warp", "quick"}) {
    Outcome got = run_on(executor, text, launch);
    INFO(executor << ": " << got.message);
    REQUIRE(got.code == Code::Success);
    for (size_t b = 0; b < expected.buffers.size(); ++b) {
      for (size_t i = 0; i < expected.buffers[b].size(); ++i) {
        INFO("buffer " << b << ", word " << i);
        if (got.buffers[b][i] != expected.buffers[b][i]) REQUIRE(got.buffers[b][i] == expected.buffers[b][i]);
      }
    }
  }
}

// A kernel `k`. r4: the thread's number in the grid; rd1: its word of the first buffer, rd2: of the second.
inline std::string kernel(const std::string& body, const std::string& more = "") {
  return more + R"(
.visible .entry k(.param .u64 p, .param .u64 q, .param .u32 n) {
  .reg .pred p<9>; .reg .b16 h<20>; .reg .b32 r<60>; .reg .b64 rd<40>; .reg .f32 f<20>; .reg .f64 d<10>;
  mov.u32 r1, %ctaid.x; mov.u32 r2, %ntid.x; mov.u32 r3, %tid.x; mad.lo.s32 r4, r1, r2, r3;
  ld.param.u64 rd3, [p]; ld.param.u64 rd4, [q]; ld.param.u32 r5, [n];
  mul.wide.u32 rd5, r4, 4; add.s64 rd1, rd3, rd5; add.s64 rd2, rd4, rd5;
)" + body +
         "\n ret; }";
}

inline Launch plain(uint32_t blocks = 3, uint32_t threads = 96) {
  Launch launch;
  launch.grid = {blocks, 1, 1};
  launch.block = {threads, 1, 1};
  launch.buffers = {random_words(blocks * threads + 64, 1), random_words(blocks * threads + 64, 2)};
  launch.scalars = {blocks * threads - 5};
  return launch;
}

}  // namespace qiao
