// Rows whose kernel changes its data in place, so that both sides start from a copy before each run.
#pragma once

#include <cstring>

#include "kernels/bench/host/case.h"

namespace qiao::bench {

template <class T>
class InPlace : public Case {
 public:
  InPlace(Device& device, long n)
      : device_(device),
        n_(static_cast<int>(n)),
        start_(n),
        data_(n),
        device_start_(device, n),
        device_data_(device, n) {}
  void reset_ours() override { device_data_.copy(device_start_); }
  void reset_native() override { std::memcpy(data_.data(), start_.data(), data_.bytes()); }

 protected:
  Device& device_;
  int n_;
  Buffer<T> start_, data_;  // data_: the native side's result
  DeviceArray<T> device_start_, device_data_;
};

}  // namespace qiao::bench
