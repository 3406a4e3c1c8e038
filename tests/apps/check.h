// What the test programs share: stopping at the first CUDA error, device buffers, reproducible numbers, and the
// verdict. The programs know nothing of Qiao: the same source and the same expectations hold on any CUDA device.
#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace check {

inline void must(cudaError_t status, int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "%s:%d: %s: %s\n", file, line, cudaGetErrorName(status), cudaGetErrorString(status));
  std::exit(1);
}

// The launch itself, then what happened while it ran.
inline void must_launch(int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  must(cudaGetLastError(), line, file);
  must(cudaDeviceSynchronize(), line, file);
}

template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t count) : count_(count) { must(cudaMalloc(&data_, count * sizeof(T))); }
  explicit Buffer(const std::vector<T>& from) : Buffer(from.size()) { upload(from); }
  ~Buffer() { cudaFree(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* get() const { return data_; }
  void fill_bytes(int value) { must(cudaMemset(data_, value, count_ * sizeof(T))); }
  void upload(const std::vector<T>& from) {
    must(cudaMemcpy(data_, from.data(), count_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  std::vector<T> download() const {
    std::vector<T> to(count_);
    must(cudaMemcpy(to.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost));
    return to;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

// A fixed sequence (Numerical Recipes' LCG): the same inputs everywhere.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed) {}
  std::uint32_t next() { return state_ = state_ * 1664525u + 1013904223u; }
  int integer(int low, int high) {
    return low + static_cast<int>((next() >> 8) % static_cast<unsigned>(high - low + 1));
  }
  float uniform(float low, float high) { return low + (high - low) * (static_cast<float>(next() >> 8) * 0x1p-24f); }

 private:
  std::uint32_t state_;
};

// What did not hold, counted; the program goes on.
inline long wrong = 0;

inline void expect(cudaError_t got, cudaError_t want, int line = __builtin_LINE()) {
  cudaGetLastError();
  if (got == want) return;
  ++wrong;
  std::fprintf(stderr, "line %d: got %s, expected %s\n", line, cudaGetErrorName(got), cudaGetErrorName(want));
}

inline void expect_true(bool truth, int line = __builtin_LINE()) {
  if (truth) return;
  ++wrong;
  std::fprintf(stderr, "line %d: not true\n", line);
}

// The first program argument, or `normal`: problem sizes grow with it.
inline int size_argument(int argc, char** argv, int normal) {
  return argc > 1 ? std::atoi(argv[1]) : normal;
}

template <class T>
long differences(const std::vector<T>& got, const std::vector<T>& want) {
  long wrong = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (got[i] == want[i]) continue;
    if (wrong++ < 3) std::fprintf(stderr, "element %zu: got %g, expected %g\n", i, double(got[i]), double(want[i]));
  }
  return wrong;
}

// |got - want| <= absolute + relative * |want|, NaN never passes; each caller says where its bounds come from.
inline long differences(const std::vector<float>& got, const std::vector<double>& want, double relative,
                        double absolute) {
  long wrong = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (std::fabs(got[i] - want[i]) <= absolute + relative * std::fabs(want[i])) continue;
    if (wrong++ < 3) std::fprintf(stderr, "element %zu: got %.9g, expected %.9g\n", i, double(got[i]), want[i]);
  }
  return wrong;
}

// One line, and the exit code.
inline int verdict(const char* program, long wrong) {
  if (wrong == 0) std::printf("%s: PASS\n", program);
  if (wrong != 0) std::printf("%s: FAIL (%ld wrong)\n", program, wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace check
