// Host memory on huge pages, as the device's is: both sides of a comparison get the same.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

namespace qiao::bench {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t count) : count_(count) {
    const std::size_t bytes = (count * sizeof(T) + kHugePage - 1) / kHugePage * kHugePage;
    data_ = static_cast<T*>(std::aligned_alloc(kHugePage, bytes));
    if (data_ != nullptr) madvise(data_, bytes, MADV_HUGEPAGE);
    for (std::size_t i = 0; i < count; ++i) data_[i] = T{};
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(data_); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return count_; }
  std::size_t bytes() const { return count_ * sizeof(T); }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + count_; }

 private:
  std::size_t count_;
  T* data_;
};

}  // namespace qiao::bench
