// Streams: arrays that no cache holds.
#include "kernels/bench/host/cases/cases.h"

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

class Vecadd final : public Case {
 public:
  Vecadd(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(elements(size))),
        a_(n_),
        b_(n_),
        expected_(n_),
        device_a_(device, n_),
        device_b_(device, n_),
        device_c_(device, n_) {
    Random random(1);
    random.fill(a_, -1, 1);
    random.fill(b_, -1, 1);
    device_a_.upload(a_);
    device_b_.upload(b_);
  }
  double work() const override { return 12.0 * n_; }
  void ours(const Module& module) override {
    device_.launch(module["vecadd"], {blocks(n_)}, {kBlock}, device_a_.get(), device_b_.get(), device_c_.get(), n_);
  }
  void native(const Native& native) override { native.vecadd(a_.data(), b_.data(), expected_.data(), n_); }
  std::string check() override {
    Buffer<float> result(n_);
    device_c_.download(result);
    return differences(result, expected_, {});  // one rounding: the same bits
  }

 private:
  Device& device_;
  int n_;
  Buffer<float> a_, b_, expected_;
  DeviceArray<float> device_a_, device_b_, device_c_;
};

}  // namespace

std::unique_ptr<Case> make_vecadd(Device& device, Size size) {
  return make_case<Vecadd>(device, size);
}

}  // namespace qiao::bench
