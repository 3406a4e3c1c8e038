// Comparing results, and the numbers that inputs are made of.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/bench/host/buffer.h"

namespace qiao::bench {

// |ours - native| <= relative * |native| + absolute
struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

// What differs first and how much in all; empty when nothing does. NaN differs from everything.
std::string differences(const Buffer<float>& ours, const Buffer<float>& native, Tolerance tolerance);
std::string differences(const Buffer<int>& ours, const Buffer<int>& native);
std::string differences(const Buffer<unsigned>& ours, const Buffer<unsigned>& native);

// xorshift64*: the same numbers everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  std::uint32_t bits() {
    state_ ^= state_ >> 12, state_ ^= state_ << 25, state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>(state_ * 0x2545f4914f6cdd1du >> 32);
  }
  float uniform(float low, float high) {
    return low + (high - low) * (static_cast<float>(bits() >> 8) * (1.0f / 16777216.0f));
  }
  void fill(Buffer<float>& values, float low, float high) {
    for (float& value : values) value = uniform(low, high);
  }

 private:
  std::uint64_t state_;
};

}  // namespace qiao::bench
