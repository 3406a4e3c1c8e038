// Matrix products, 1024 x 1024. The native side is OpenBLAS where it is installed, else a blocked product of ours.
#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {
namespace {

class SgemmCase final : public Case {
 public:
  // A block of `block` x `block` threads makes `tile` x `tile` results.
  SgemmCase(Device& device, Size size, const char* kernel, unsigned block, unsigned tile)
      : device_(device),
        kernel_(kernel),
        block_(block),
        tile_(tile),
        n_(static_cast<int>(pick(size, 64, 256, 1024))),
        a_(n_ * n_),
        b_(n_ * n_),
        expected_(n_ * n_),
        device_a_(device, n_ * n_),
        device_b_(device, n_ * n_),
        device_c_(device, n_ * n_) {
    Random random(3);
    random.fill(a_, -1, 1);
    random.fill(b_, -1, 1);
    device_a_.upload(a_);
    device_b_.upload(b_);
  }
  void forget() override { device_c_.forget(); }
  double work() const override { return 2.0 * n_ * n_ * n_; }
  void ours(const Module& module) override {
    const unsigned blocks = (n_ + tile_ - 1) / tile_;
    device_.launch(module[kernel_], {blocks, blocks}, {block_, block_}, device_a_.get(), device_b_.get(),
                   device_c_.get(), n_);
  }
  void native(const Native& native) override { native.sgemm(a_.data(), b_.data(), expected_.data(), n_); }
  void blas(Sgemm sgemm) override { sgemm(a_.data(), b_.data(), expected_.data(), n_); }
  std::string check() override {
    Buffer<float> result(n_ * n_);
    device_c_.download(result);
    // Sums of n products of at most 1, in another order: n roundings of partial sums below 16.
    return differences(result, expected_, {0, 1e-6 * n_});
  }

 private:
  Device& device_;
  const char* kernel_;
  unsigned block_, tile_;
  int n_;
  Buffer<float> a_, b_, expected_;
  DeviceArray<float> device_a_, device_b_, device_c_;
};

}  // namespace

std::unique_ptr<Case> make_sgemm_naive(Device& device, Size size) {
  return std::make_unique<SgemmCase>(device, size, "sgemm_naive", 16, 16);
}

std::unique_ptr<Case> make_sgemm_t16(Device& device, Size size) {
  return std::make_unique<SgemmCase>(device, size, "sgemm_t16", 16, 16);
}

std::unique_ptr<Case> make_sgemm_t32(Device& device, Size size) {
  return std::make_unique<SgemmCase>(device, size, "sgemm_t32", 32, 32);
}

std::unique_ptr<Case> make_sgemm_reg(Device& device, Size size) {
  return std::make_unique<SgemmCase>(device, size, "sgemm_reg", 16, 64);
}

}  // namespace qiao::bench
