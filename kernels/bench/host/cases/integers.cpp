// 1M SHA-256 blocks, and 64K threads with 1024 random points each.
#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {
namespace {

class Sha256 final : public Case {
 public:
  Sha256(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(pick(size, 1024, 64 << 10, 1 << 20))),
        message_(15),
        expected_(8L * n_),
        device_message_(device, 15),
        device_digest_(device, 8L * n_) {
    Random random(13);
    for (unsigned& word : message_) word = random.bits();
    device_message_.upload(message_);
  }
  void forget() override { device_digest_.forget(); }
  double work() const override { return n_; }
  void ours(const Module& module) override {
    const unsigned blocks = n_ / 256;
    device_.launch(module["sha256"], {blocks}, {256}, device_message_.get(), device_digest_.get(), n_);
  }
  void native(const Native& native) override { native.sha256(message_.data(), expected_.data(), n_); }
  std::string check() override {
    Buffer<unsigned> result(8L * n_);
    device_digest_.download(result);
    return differences(result, expected_);
  }

 private:
  Device& device_;
  int n_;
  Buffer<unsigned> message_, expected_;
  DeviceArray<unsigned> device_message_, device_digest_;
};

class MonteCarloPi final : public Case {
 public:
  MonteCarloPi(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(pick(size, 1024, 16 << 10, 64 << 10))),
        samples_(static_cast<int>(pick(size, 64, 1024, 1024))),
        expected_(n_),
        device_hits_(device, n_) {}
  void forget() override { device_hits_.forget(); }
  double work() const override { return double{1} * n_ * samples_; }
  void ours(const Module& module) override {
    const unsigned blocks = n_ / 256;
    device_.launch(module["mcpi"], {blocks}, {256}, device_hits_.get(), samples_, n_);
  }
  void native(const Native& native) override { native.mcpi(expected_.data(), samples_, n_); }
  std::string check() override {
    Buffer<int> result(n_);
    device_hits_.download(result);
    // Exact: x and y have 16 bits, and where x*x+y*y is rounded it is not next to 1.
    return differences(result, expected_);
  }

 private:
  Device& device_;
  int n_, samples_;
  Buffer<int> expected_;
  DeviceArray<int> device_hits_;
};

}  // namespace

std::unique_ptr<Case> make_sha256(Device& device, Size size) {
  return make_case<Sha256>(device, size);
}

std::unique_ptr<Case> make_mcpi(Device& device, Size size) {
  return make_case<MonteCarloPi>(device, size);
}

}  // namespace qiao::bench
