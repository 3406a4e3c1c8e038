// Lane code and its warp form on the same random memory must leave the same memory.
#pragma once

#include <random>

#include "tests/unit/catch.h"
#include "tests/unit/device_sim/jit/vectorize/harness.h"

namespace qiao::test {

// What every test kernel gets as its parameter buffer.
struct Params {
  uint64_t in = 0;   // kWords random i32
  uint64_t out = 0;  // kWords i32
  uint32_t n = 0;
  uint32_t seed = 0;
};
inline constexpr unsigned kWords = 1 << 14;

// A kernel with its parameters in %in, %out and %n.
inline std::string kernel_text(const std::string& body) {
  return R"(
define void @k.lane(ptr %params, ptr %block, ptr %lane) {
entry:
  %in = load ptr, ptr %params
  %outp = getelementptr i8, ptr %params, i64 8
  %out = load ptr, ptr %outp
  %np = getelementptr i8, ptr %params, i64 16
  %n = load i32, ptr %np
)" + body +
         "}\n";
}

// The thread's linear index in its block, %t, and the positions it is made of.
inline constexpr const char* kThreadInBlock = R"(
  %x = call i32 @qiao.tid.x()
  %y = call i32 @qiao.tid.y()
  %z = call i32 @qiao.tid.z()
  %nx = call i32 @qiao.ntid.x()
  %ny = call i32 @qiao.ntid.y()
  %zy = mul i32 %z, %ny
  %zy2 = add i32 %zy, %y
  %row = mul i32 %zy2, %nx
  %t = add i32 %row, %x
)";

// The elements %pin and %pout of the buffers at index %i.
inline constexpr const char* kElements = R"(
  %i64 = zext i32 %i to i64
  %pin = getelementptr i32, ptr %in, i64 %i64
  %pout = getelementptr i32, ptr %out, i64 %i64
)";

inline std::vector<uint32_t> random_words(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint32_t> words(kWords);
  for (uint32_t& word : words) {
    word = random();
  }
  return words;
}

using Outcome = std::vector<uint32_t>;

inline Outcome run(const Kernel& kernel, bool warps, const jit::BlockShape& shape, uint32_t blocks, uint32_t n) {
  std::vector<uint32_t> in = random_words(7), out = random_words(8);
  Params params{reinterpret_cast<uint64_t>(in.data()), reinterpret_cast<uint64_t>(out.data()), n, 12345};
  std::fill(machine().shared.begin(), machine().shared.end(), 0);
  machine().calls.clear();
  machine().bad_accesses.clear();
  machine().barriers.clear();
  std::fill(machine().block_counts.begin(), machine().block_counts.end(), 0);
  if (warps) {
    kernel.run_warps(shape, blocks, &params);
  } else {
    kernel.run_lanes(shape, blocks, &params);
  }
  return out;
}

inline void compare(const std::string& text, std::vector<jit::BlockShape> shapes = {}, uint32_t n = 300) {
  if (shapes.empty()) {
    shapes = {{32, 1, 1}, {256, 1, 1}, {100, 1, 1}, {16, 16, 1}, {8, 8, 4}, {5, 3, 2}, {64, 2, 1}};
  }
  for (const jit::BlockShape& shape : shapes) {
    for (bool optimize : {true, false}) {
      Kernel kernel(text, shape, {optimize});
      INFO("block " << shape.x << "x" << shape.y << "x" << shape.z << " optimize " << optimize << "\n"
                    << kernel.report().why_not << kernel.warp_code());
      REQUIRE(kernel.report().ok);
      const Outcome warps = run(kernel, true, shape, 3, n), lanes = run(kernel, false, shape, 3, n);
      const auto difference = std::mismatch(warps.begin(), warps.end(), lanes.begin());
      INFO("first difference at word " << difference.first - warps.begin());
      REQUIRE((warps == lanes));
    }
  }
}

}  // namespace qiao::test
