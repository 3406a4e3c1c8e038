// Transposition, stencil, prefix sums, and the last merge of a bitonic sort.

#include "kernels/bench/host/cases/cases.h"
#include "kernels/bench/host/cases/in_place.h"

namespace qiao::bench {
namespace {

// What the transposition and the stencil have in common: a square matrix in, one out.
class Matrix : public Case {
 public:
  Matrix(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(pick(size, 96, 1024, 4096))),
        in_(n_ * n_),
        expected_(n_ * n_),
        device_in_(device, n_ * n_),
        device_out_(device, n_ * n_) {
    Random random(7);
    random.fill(in_, -1, 1);
    device_in_.upload(in_);
  }
  void forget() override { device_out_.forget(); }
  double work() const override { return 8.0 * n_ * n_; }
  std::string check() override {
    Buffer<float> result(n_ * n_);
    device_out_.download(result);
    return differences(result, expected_, tolerance());
  }

 protected:
  virtual Tolerance tolerance() const { return {}; }

  Device& device_;
  int n_;
  Buffer<float> in_, expected_;
  DeviceArray<float> device_in_, device_out_;
};

class Transpose final : public Matrix {
 public:
  using Matrix::Matrix;
  void ours(const Module& module) override {
    const unsigned tiles = n_ / 32;
    device_.launch(module["transpose"], {tiles, tiles}, {32, 8}, device_in_.get(), device_out_.get(), n_, n_);
  }
  void native(const Native& native) override { native.transpose(in_.data(), expected_.data(), n_, n_); }
};

class Stencil final : public Matrix {
 public:
  using Matrix::Matrix;
  void ours(const Module& module) override {
    const unsigned size = n_;
    device_.launch(module["stencil"], {(size + 31) / 32, (size + 7) / 8}, {32, 8}, device_in_.get(), device_out_.get(),
                   n_, n_);
  }
  void native(const Native& native) override { native.stencil(in_.data(), expected_.data(), n_, n_); }

 private:
  // Five terms whose sizes add up to 1 at most, fused or not, in another order under -ffast-math.
  Tolerance tolerance() const override { return {0, 5e-7}; }
};

// The values are small integers, so that every sum is exact.
class Scan final : public Case {
 public:
  Scan(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(pick(size, 5000, 1'000'000, 16 << 20))),
        in_(n_),
        expected_(n_),
        device_in_(device, n_),
        device_out_(device, n_) {
    Random random(8);
    for (float& value : in_) value = static_cast<float>(random.bits() % 1000);
    device_in_.upload(in_);
  }
  void forget() override { device_out_.forget(); }
  double work() const override { return 8.0 * n_; }
  void ours(const Module& module) override {
    const unsigned blocks = (n_ + 255) / 256;
    device_.launch(module["scan"], {blocks}, {256}, device_in_.get(), device_out_.get(), n_);
  }
  void native(const Native& native) override { native.scan(in_.data(), expected_.data(), n_); }
  std::string check() override {
    Buffer<float> result(n_);
    device_out_.download(result);
    return differences(result, expected_, {});
  }

 private:
  Device& device_;
  int n_;
  Buffer<float> in_, expected_;
  DeviceArray<float> device_in_, device_out_;
};

// The merge of two runs of n / 2, one launch per distance: 22 launches for 4M. What the runs of the check's input hold
// is no sorted run; the network moves the same data and its result is as exact.
class Bitonic final : public InPlace<float> {
 public:
  Bitonic(Device& device, Size size) : InPlace(device, pick(size, 4096, 1 << 18, 4 << 20)) {
    Random random(9);
    random.fill(start_, -1, 1);
    device_start_.upload(start_);
  }
  double work() const override {
    double bytes = 0;
    for (unsigned j = n() / 2; j > 0; j /= 2) bytes += 8.0 * n_;
    return bytes;
  }
  void ours(const Module& module) override {
    for (unsigned j = n() / 2; j > 0; j /= 2) {
      device_.launch(module["bitonic"], {n() / 256}, {256}, device_data_.get(), j, n(), n());
    }
  }
  void native(const Native& native) override {
    for (unsigned j = n() / 2; j > 0; j /= 2) native.bitonic(data_.data(), j, n(), n());
  }
  std::string check() override {
    Buffer<float> result(n_);
    device_data_.download(result);
    return differences(result, data_, {});
  }

 private:
  unsigned n() const { return static_cast<unsigned>(n_); }
};

}  // namespace

std::unique_ptr<Case> make_transpose(Device& device, Size size) {
  return make_case<Transpose>(device, size);
}

std::unique_ptr<Case> make_stencil(Device& device, Size size) {
  return make_case<Stencil>(device, size);
}

std::unique_ptr<Case> make_scan(Device& device, Size size) {
  return make_case<Scan>(device, size);
}

std::unique_ptr<Case> make_bitonic(Device& device, Size size) {
  return make_case<Bitonic>(device, size);
}

}  // namespace qiao::bench
