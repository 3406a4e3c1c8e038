// Every pair of f16 and of bf16 operands (one in 8191 without QIAO_SWEEP=all): compiled sums, differences, products,
// minima and maxima against floats, which hold more than twice the digits, so that rounding twice is rounding once.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <string>

#include "tests/unit/src/isa/meaning/exhaustive/compiled.h"
#include "tests/unit/src/isa/meaning/exhaustive/small_float.h"
#include "tests/unit/src/isa/meaning/exhaustive/sweep.h"

using namespace qiao::isa;

namespace {

constexpr uint32_t kChunk = 1 << 22;
constexpr std::array<const char*, 5> kOperations{"add", "sub", "mul", "min", "max"};

float exact(size_t operation, float a, float b) {
  const bool less = a < b || (a == b && std::signbit(a));
  switch (operation) {
    case 0:
      return a + b;
    case 1:
      return a - b;
    case 2:
      return a * b;
    default:
      if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? b : a;
      return less == (operation == 3) ? a : b;
  }
}

// The codes next to a float, by bisection of the sorted positive ones; to nearest, ties to even.
class Rounder {
 public:
  explicit Rounder(const SmallFloat& format) : format_(format) {
    for (uint64_t code = 0; code <= format.infinity(); ++code) {
      numbers_.push_back(static_cast<float>(format.number(code)));
    }
    for (uint32_t high = 0; high < first_.size(); ++high) {
      const auto low = std::bit_cast<float>(high << 16);
      const auto above = std::upper_bound(numbers_.begin(), numbers_.end(), std::isnan(low) ? 0.0f : low);
      first_[high] = static_cast<uint32_t>(above - numbers_.begin()) - 1;
    }
  }

  uint32_t operator()(float value) const {
    const uint32_t sign = std::signbit(value) ? static_cast<uint32_t>(format_.sign()) : 0;
    const float magnitude = std::abs(value);
    if (std::isinf(magnitude)) return sign | static_cast<uint32_t>(format_.infinity());
    uint32_t code = first_[std::bit_cast<uint32_t>(magnitude) >> 16];
    while (numbers_[code + 1] <= magnitude) ++code;
    const double below = numbers_[code];
    const double above = code + 1 == format_.infinity() ? 2 * below - numbers_[code - 1] : double{numbers_[code + 1]};
    const double down = magnitude - below, up = above - magnitude;
    return sign | (code + (up < down || (up == down && code % 2 == 1) ? 1 : 0));
  }

 private:
  const SmallFloat& format_;
  std::vector<float> numbers_;
  std::array<uint32_t, 1 << 15> first_{};
};

std::string kernel_of(const std::string& format) {
  std::string text = kernel_head(3, ".reg .b16 %a, %b, %d;\n");
  text +=
      "cvt.u32.u64 %t0, %p1;\ncvt.u32.u64 %t1, %p2;\nmad.lo.u32 %t2, %index, %t0, %t1;\ncvt.u16.u32 %b, %t2;\n"
      "shr.u32 %t2, %t2, 16;\ncvt.u16.u32 %a, %t2;\nmul.wide.u32 %p4, %index, 2;\nadd.u64 %p0, %p0, %p4;\n";
  for (size_t i = 0; i < kOperations.size(); ++i) {
    text += std::string(kOperations[i]) + "." + format + " %d, %a, %b;\nst.global.b16 [%p0+" +
            std::to_string(2 * i * kChunk) + "], %d;\n";
  }
  return text + "ret;\n}\n";
}

void check_pairs(const SmallFloat& format) {
  const uint32_t stride = sweeps_everything() ? 1 : 8191;
  const uint64_t pairs = (uint64_t{1} << 32) / stride;
  CompiledKernel kernel("warp", kernel_of(format.name));
  DeviceWords<uint16_t> out(kernel.device(), kOperations.size() * kChunk);
  std::vector<float> numbers(1 << 16);
  for (uint32_t code = 0; code < numbers.size(); ++code) numbers[code] = static_cast<float>(format.number(code));
  const Rounder rounded(format);
  for (uint64_t begin = 0; begin < pairs; begin += kChunk) {
    const uint64_t first = begin * stride;
    const uint64_t count = std::min<uint64_t>(kChunk, pairs - begin);
    kernel.launch(kChunk, {out.address(), stride, first});
    std::atomic<uint64_t> wrong{0}, example{0};
    sweep_in_parallel(count, [&](uint64_t from, uint64_t to) {
      for (uint64_t i = from; i < to; ++i) {
        const auto pair = static_cast<uint32_t>(first + i * stride);
        for (size_t operation = 0; operation < kOperations.size(); ++operation) {
          const float value = exact(operation, numbers[pair >> 16], numbers[pair & 0xffff]);
          const uint32_t got = out.words()[operation * kChunk + i];
          if (std::isnan(value) ? got == 0x7fff : got == rounded(value)) continue;
          ++wrong;
          example = uint64_t{pair} << 8 | operation;
        }
      }
    });
    INFO(format.name << ": " << kOperations[example & 0xff] << " of " << std::hex << (example >> 8));
    REQUIRE(wrong == 0);
  }
}

}  // namespace

TEST_CASE("every pair of halves is added, multiplied and compared right") {
  check_pairs(kSmallF16);
  check_pairs(kSmallBf16);
}
