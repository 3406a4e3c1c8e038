// What depends on data: histograms of 16M words, and a sparse matrix of 256K rows with 0 to 31 elements each.
#include <algorithm>

#include "kernels/bench/host/cases/cases.h"

namespace qiao::bench {
namespace {

class Histogram final : public Case {
 public:
  Histogram(Device& device, Size size, const char* kernel)
      : device_(device),
        kernel_(kernel),
        n_(static_cast<int>(pick(size, 5000, 1'000'000, 16 << 20))),
        data_(n_),
        device_data_(device, n_),
        device_bins_(device, 256) {
    Random random(11);
    for (unsigned& value : data_) value = random.bits();
    device_data_.upload(data_);
  }
  double work() const override { return n_; }
  void reset_ours() override { device_bins_.clear(); }
  void ours(const Module& module) override {
    const unsigned blocks = static_cast<unsigned>(std::min<long>((n_ + 255) / 256, 1024));
    device_.launch(module[kernel_], {blocks}, {256}, device_data_.get(), n_, device_bins_.get());
  }
  void native(const Native& native) override { native.hist(data_.data(), n_, expected_.data()); }
  std::string check() override {
    Buffer<unsigned> result(256);
    device_bins_.download(result);
    return differences(result, expected_);
  }

 private:
  Device& device_;
  const char* kernel_;
  int n_;
  Buffer<unsigned> data_, expected_{256};
  DeviceArray<unsigned> device_data_, device_bins_;
};

class Spmv final : public Case {
 public:
  Spmv(Device& device, Size size)
      : device_(device),
        rows_(static_cast<int>(pick(size, 1000, 16 << 10, 256 << 10))),
        start_(rows_ + 1),
        column_(rows_ * 31L),
        value_(rows_ * 31L),
        x_(rows_),
        expected_(rows_),
        device_start_(device, rows_ + 1),
        device_column_(device, rows_ * 31L),
        device_value_(device, rows_ * 31L),
        device_x_(device, rows_),
        device_y_(device, rows_) {
    Random random(12);
    for (int row = 0; row < rows_; ++row) start_[row + 1] = start_[row] + static_cast<int>(random.bits() % 32);
    for (int k = 0; k < start_[rows_]; ++k) column_[k] = static_cast<int>(random.bits() % rows_);
    random.fill(value_, -1, 1);
    random.fill(x_, -1, 1);
    device_start_.upload(start_);
    device_column_.upload(column_);
    device_value_.upload(value_);
    device_x_.upload(x_);
  }
  void forget() override { device_y_.forget(); }
  double work() const override { return 2.0 * start_[rows_]; }
  void ours(const Module& module) override {
    const unsigned blocks = (rows_ + 255) / 256;
    device_.launch(module["spmv"], {blocks}, {256}, device_start_.get(), device_column_.get(), device_value_.get(),
                   device_x_.get(), device_y_.get(), rows_);
  }
  void native(const Native& native) override {
    native.spmv(start_.data(), column_.data(), value_.data(), x_.data(), expected_.data(), rows_);
  }
  std::string check() override {
    Buffer<float> result(rows_);
    device_y_.download(result);
    return differences(result, expected_, {0, 5e-6});  // at most 31 terms below 1, fused or in another order
  }

 private:
  Device& device_;
  int rows_;
  Buffer<int> start_, column_;
  Buffer<float> value_, x_, expected_;
  DeviceArray<int> device_start_, device_column_;
  DeviceArray<float> device_value_, device_x_, device_y_;
};

}  // namespace

std::unique_ptr<Case> make_hist_sh(Device& device, Size size) {
  return std::make_unique<Histogram>(device, size, "hist_sh");
}

std::unique_ptr<Case> make_hist_gl(Device& device, Size size) {
  return std::make_unique<Histogram>(device, size, "hist_gl");
}

std::unique_ptr<Case> make_spmv(Device& device, Size size) {
  return make_case<Spmv>(device, size);
}

}  // namespace qiao::bench
