// A second device behind hal, for the tests: it hands every call on to another one and writes down what was asked. Its
// kernels, modules and memory are objects of its own, so whoever looks behind hal's interfaces shows.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "src/hal/device.h"

namespace qiao::tests {

// How often each function of hal was called.
class Record {
 public:
  void add(const std::string& call) {
    std::lock_guard lock(mutex_);
    ++calls_[call];
  }
  std::map<std::string, long> calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, long> calls_;
};

// Every device in `devices` behind one that records.
std::vector<std::unique_ptr<hal::Device>> recorded(std::vector<std::unique_ptr<hal::Device>> devices, Record& record);

}  // namespace qiao::tests
