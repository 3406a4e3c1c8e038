// 1024 x 1024 pixels of the whole set, at most 256 iterations.
#include <cmath>

#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {
namespace {

constexpr int kLimit = 256;
constexpr float kLeft = -2.0f, kTop = -1.5f, kExtent = 3.0f;

class Mandel final : public Case {
 public:
  Mandel(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(pick(size, 64, 256, 1024))),
        expected_(n_ * n_),
        device_out_(device, n_ * n_) {}
  void forget() override { device_out_.forget(); }
  double work() const override { return sum(expected_); }
  void ours(const Module& module) override {
    const unsigned blocks = n_ / 16;
    device_.launch(module["mandel"], {blocks, blocks}, {16, 16}, device_out_.get(), n_, n_, kLeft, kTop, step(),
                   kLimit);
  }
  void native(const Native& native) override { native.mandel(expected_.data(), n_, n_, kLeft, kTop, step(), kLimit); }
  std::string check() override {
    Buffer<int> result(n_ * n_);
    device_out_.download(result);
    // Each compiler fuses multiplications and additions as it likes, and the orbits near the set's edge magnify every
    // rounding: counts there may differ, the picture may not.
    std::size_t differ = 0;
    for (std::size_t i = 0; i < result.size(); ++i) differ += std::abs(result[i] - expected_[i]) > 1;
    if (differ <= result.size() / 100 && std::fabs(sum(result) - sum(expected_)) < 2e-3 * sum(expected_)) return {};
    return differences(result, expected_);
  }

 private:
  float step() const { return kExtent / static_cast<float>(n_); }
  static double sum(const Buffer<int>& counts) {
    double total = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) total += counts[i];
    return total;
  }

  Device& device_;
  int n_;
  Buffer<int> expected_;
  DeviceArray<int> device_out_;
};

}  // namespace

std::unique_ptr<Case> make_mandel(Device& device, Size size) {
  return make_case<Mandel>(device, size);
}

}  // namespace qiao::bench
