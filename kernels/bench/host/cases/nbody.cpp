// 8192 bodies. The device has them as float4, the native version coordinate by coordinate: what suits each.
#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {
namespace {

constexpr unsigned kBlock = 256;
constexpr float kSoftening = 0.01f;

class Nbody final : public Case {
 public:
  Nbody(Device& device, Size size)
      : device_(device),
        n_(static_cast<int>(pick(size, 256, 1024, 8192))),
        x_(n_),
        y_(n_),
        z_(n_),
        mass_(n_),
        expected_(4 * n_),
        device_bodies_(device, 4 * n_),
        device_acceleration_(device, 4 * n_) {
    Random random(4);
    for (Buffer<float>* coordinate : {&x_, &y_, &z_}) random.fill(*coordinate, -1, 1);
    random.fill(mass_, 0, 1);
    Buffer<float> bodies(4 * n_);
    for (int i = 0; i < n_; ++i) {
      bodies[4 * i] = x_[i], bodies[4 * i + 1] = y_[i], bodies[4 * i + 2] = z_[i], bodies[4 * i + 3] = mass_[i];
    }
    device_bodies_.upload(bodies);
  }
  void forget() override { device_acceleration_.forget(); }
  double work() const override { return 20.0 * n_ * n_; }  // the customary count of operations of a pair
  void ours(const Module& module) override {
    device_.launch(module["nbody"], {n_ / kBlock}, {kBlock}, device_bodies_.get(), device_acceleration_.get(), n_,
                   kSoftening);
  }
  void native(const Native& native) override {
    native.nbody(x_.data(), y_.data(), z_.data(), mass_.data(), expected_.data(), n_, kSoftening);
  }
  std::string check() override {
    Buffer<float> result(4 * n_);
    device_acceleration_.download(result);
    // Each pull is good to about 2^-20 (rsqrt.approx: 2^-22.4, cubed) and at most some hundreds, most below 1; they
    // partly cancel, so the error is one of the sum of their sizes.
    return differences(result, expected_, {1e-4, 4e-6 * n_});
  }

 private:
  Device& device_;
  int n_;
  Buffer<float> x_, y_, z_, mass_, expected_;
  DeviceArray<float> device_bodies_, device_acceleration_;
};

}  // namespace

std::unique_ptr<Case> make_nbody(Device& device, Size size) {
  return make_case<Nbody>(device, size);
}

}  // namespace qiao::bench
