// 4M European options.
#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {
namespace {

constexpr float kRate = 0.02f, kVolatility = 0.30f;

class BlackScholes final : public Case {
 public:
  BlackScholes(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(pick(size, 3000, 200'000, 4 << 20))),
        price_(n_),
        strike_(n_),
        years_(n_),
        call_(n_),
        put_(n_),
        device_price_(device, n_),
        device_strike_(device, n_),
        device_years_(device, n_),
        device_call_(device, n_),
        device_put_(device, n_) {
    Random random(10);
    random.fill(price_, 5, 30);
    random.fill(strike_, 1, 100);
    random.fill(years_, 0.25f, 10);
    device_price_.upload(price_);
    device_strike_.upload(strike_);
    device_years_.upload(years_);
  }
  void forget() override { device_call_.forget(), device_put_.forget(); }
  double work() const override { return n_; }
  void ours(const Module& module) override {
    const unsigned blocks = (n_ + 255) / 256;
    device_.launch(module["bs"], {blocks}, {256}, device_call_.get(), device_put_.get(), device_price_.get(),
                   device_strike_.get(), device_years_.get(), kRate, kVolatility, n_);
  }
  void native(const Native& native) override {
    native.bs(call_.data(), put_.data(), price_.data(), strike_.data(), years_.data(), kRate, kVolatility, n_);
  }
  std::string check() override {
    Buffer<float> result(n_);
    device_call_.download(result);
    // Prices are differences of terms up to 100, each good to some 1e-7 of itself and, with the fast logarithm and
    // exponential function, 1e-6.
    constexpr Tolerance kTolerance = {0, 2e-4};
    std::string wrong = differences(result, call_, kTolerance);
    if (!wrong.empty()) return "call: " + wrong;
    device_put_.download(result);
    wrong = differences(result, put_, kTolerance);
    return wrong.empty() ? wrong : "put: " + wrong;
  }

 private:
  Device& device_;
  int n_;
  Buffer<float> price_, strike_, years_, call_, put_;
  DeviceArray<float> device_price_, device_strike_, device_years_, device_call_, device_put_;
};

}  // namespace

std::unique_ptr<Case> make_bs(Device& device, Size size) {
  return make_case<BlackScholes>(device, size);
}

}  // namespace qiao::bench
