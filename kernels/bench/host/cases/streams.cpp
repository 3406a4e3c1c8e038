// Streams: arrays that no cache holds.
#include <cmath>
#include <cstdint>

#include "kernels/bench/host/cases/cases.h"
#include "kernels/bench/host/cases/in_place.h"

namespace qiao::bench {
namespace {

constexpr unsigned kBlock = 256;

unsigned blocks(long n) {
  return static_cast<unsigned>((n + kBlock - 1) / kBlock);
}

// The odd sizes have a last block that is not full.
long elements(Size size) {
  return pick(size, 5000, 4'000'000, 64 << 20);
}

// copy: c = a; vecadd: c = a + b.
class Copying final : public Case {
 public:
  Copying(Device& device, Size size, bool adds)
      : device_(device),
        adds_(adds),
        n_(static_cast<int>(elements(size))),
        a_(n_),
        b_(adds ? n_ : 1),
        expected_(n_),
        device_a_(device, a_.size()),
        device_b_(device, b_.size()),
        device_c_(device, n_) {
    Random random(1);
    random.fill(a_, -1, 1);
    random.fill(b_, -1, 1);
    device_a_.upload(a_);
    device_b_.upload(b_);
  }
  void forget() override { device_c_.forget(); }
  double work() const override { return (adds_ ? 12.0 : 8.0) * n_; }
  void ours(const Module& module) override {
    if (adds_) {
      device_.launch(module["vecadd"], {blocks(n_)}, {kBlock}, device_a_.get(), device_b_.get(), device_c_.get(), n_);
    } else {
      device_.launch(module["copy"], {blocks(n_)}, {kBlock}, device_a_.get(), device_c_.get(), n_);
    }
  }
  void native(const Native& native) override {
    if (adds_) {
      native.vecadd(a_.data(), b_.data(), expected_.data(), n_);
    } else {
      native.copy(a_.data(), expected_.data(), n_);
    }
  }
  std::string check() override {
    Buffer<float> result(n_);
    device_c_.download(result);
    return differences(result, expected_, {});  // one rounding: the same bits
  }

 private:
  Device& device_;
  bool adds_;
  int n_;
  Buffer<float> a_, b_, expected_;
  DeviceArray<float> device_a_, device_b_, device_c_;
};

class Saxpy final : public InPlace<float> {
 public:
  Saxpy(Device& device, Size size) : InPlace(device, elements(size)), x_(n_), device_x_(device, n_) {
    Random random(5);
    random.fill(x_, -1, 1);
    random.fill(start_, -1, 1);
    device_x_.upload(x_);
    device_start_.upload(start_);
  }
  double work() const override { return 12.0 * n_; }
  void ours(const Module& module) override {
    device_.launch(module["saxpy"], {blocks(n_)}, {kBlock}, kFactor, device_x_.get(), device_data_.get(), n_);
  }
  void native(const Native& native) override { native.saxpy(kFactor, x_.data(), data_.data(), n_); }
  std::string check() override {
    Buffer<float> result(n_);
    device_data_.download(result);
    return differences(result, data_, {0, 2.5e-7});  // fused or not: one rounding more, of values up to 3
  }

 private:
  static constexpr float kFactor = 1.7f;
  Buffer<float> x_;
  DeviceArray<float> device_x_;
};

using Half = std::uint16_t;  // the bits of a half precision number

// Of a normal number.
float to_float(Half bits) {
  const int exponent = bits >> 10 & 31;
  const float size = std::ldexp(1.0f + static_cast<float>(bits & 1023) / 1024.0f, exponent - 15);
  return (bits & 0x8000) != 0 ? -size : size;
}

class Haxpy final : public InPlace<Half> {
 public:
  Haxpy(Device& device, Size size) : InPlace(device, elements(size)), x_(n_), device_x_(device, n_) {
    Random random(6);
    for (Buffer<Half>* values : {&x_, &start_}) {
      for (Half& value : *values) value = some_half(random);
    }
    device_x_.upload(x_);
    device_start_.upload(start_);
  }
  double work() const override { return 6.0 * n_; }
  void ours(const Module& module) override {
    device_.launch(module["haxpy"], {blocks(n_)}, {kBlock}, kFactor, device_x_.get(), device_data_.get(), n_);
  }
  void native(const Native& native) override { native.haxpy(to_float(kFactor), x_.data(), data_.data(), n_); }
  std::string check() override {
    Buffer<Half> result(n_);
    device_data_.download(result);
    Buffer<float> ours(n_), expected(n_);
    for (int i = 0; i < n_; ++i) ours[i] = to_float(result[i]), expected[i] = to_float(data_[i]);
    // The native version rounds to float before it rounds to half: at most one unit in the last place.
    return differences(ours, expected, {1.0 / 1024, 0});
  }

 private:
  static constexpr Half kFactor = 0x3e00;  // 1.5
  // Between 1/8 and 2 in size, so that a*x+y is never subnormal: -1.5 * x and y share no more than ten bits.
  static Half some_half(Random& random) {
    const std::uint32_t bits = random.bits();
    return static_cast<Half>((bits & 0x83ff) | ((12 + (bits >> 16) % 4) << 10));
  }

  Buffer<Half> x_;
  DeviceArray<Half> device_x_;
};

}  // namespace

std::unique_ptr<Case> make_copy(Device& device, Size size) {
  return std::make_unique<Copying>(device, size, false);
}

std::unique_ptr<Case> make_vecadd(Device& device, Size size) {
  return std::make_unique<Copying>(device, size, true);
}

std::unique_ptr<Case> make_saxpy(Device& device, Size size) {
  return make_case<Saxpy>(device, size);
}

std::unique_ptr<Case> make_haxpy(Device& device, Size size) {
  return make_case<Haxpy>(device, size);
}

}  // namespace qiao::bench
