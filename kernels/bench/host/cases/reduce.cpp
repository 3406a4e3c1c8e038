// Sums of 16M floats in two launches. The values are 0 and 1, so that every sum is exact in any order.
#include <algorithm>

#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {
namespace {

constexpr unsigned kBlock = 256;

class Reduce final : public Case {
 public:
  Reduce(Device& device, Size size, const char* kernel)
      : device_(device),
        kernel_(kernel),
        n_(static_cast<int>(pick(size, 5000, 1'000'000, 16 << 20))),
        blocks_(static_cast<unsigned>(std::min<long>((n_ + 511) / 512, 1024))),
        in_(n_),
        device_in_(device, n_),
        device_sums_(device, blocks_),
        device_out_(device, 1) {
    Random random(2);
    for (float& value : in_) value = static_cast<float>(random.bits() & 1);
    device_in_.upload(in_);
  }
  void forget() override { device_out_.forget(); }
  double work() const override { return 4.0 * n_; }
  void ours(const Module& module) override {
    device_.launch(module[kernel_], {blocks_}, {kBlock}, device_in_.get(), device_sums_.get(), n_);
    device_.launch(module[kernel_], {1}, {kBlock}, device_sums_.get(), device_out_.get(), static_cast<int>(blocks_));
  }
  void native(const Native& native) override { native.reduce(in_.data(), expected_.data(), n_); }
  std::string check() override {
    Buffer<float> result(1);
    device_out_.download(result);
    return differences(result, expected_, {});
  }

 private:
  Device& device_;
  const char* kernel_;
  int n_;
  unsigned blocks_;
  Buffer<float> in_, expected_{1};
  DeviceArray<float> device_in_, device_sums_, device_out_;
};

}  // namespace

std::unique_ptr<Case> make_reduce_sh(Device& device, Size size) {
  return std::make_unique<Reduce>(device, size, "reduce_sh");
}

std::unique_ptr<Case> make_reduce_shfl(Device& device, Size size) {
  return std::make_unique<Reduce>(device, size, "reduce_shfl");
}

}  // namespace qiao::bench
