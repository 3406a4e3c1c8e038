// A row of the benchmark: one kernel with its data on both sides. Each file of cases/ defines some rows and is declared
// in cases.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/bench/host/compare.h"
#include "kernels/bench/host/device.h"
#include "kernels/bench/native/native.h"

namespace qiao::bench {

enum class Size { Tiny, Small, Full };  // Tiny is for the interpreter

// tiny, small, full, as this size says
inline long pick(Size size, long tiny, long small, long full) {
  return size == Size::Tiny ? tiny : size == Size::Small ? small : full;
}

using Sgemm = void (*)(const float* a, const float* b, float* c, int n);

class Case {
 public:
  virtual ~Case() = default;
  // How many of the row's units one run is: bytes for GB/s, operations for GFLOP/s.
  virtual double work() const = 0;
  // Before each run, untimed: what a run has changed in its input is put back.
  virtual void reset_ours() {}
  virtual void reset_native() {}
  // Before a run whose results are checked: nothing of an earlier run's may be left in them.
  virtual void forget() {}
  // Enqueues the launches of a run; the caller waits.
  virtual void ours(const Module& module) = 0;
  virtual void native(const Native& native) = 0;
  // The library's version, for the rows that have one.
  virtual void blas(Sgemm) {}
  // What differs between the results of the last runs; empty when nothing does.
  virtual std::string check() = 0;
};

enum class Limit { None, Fma, Read, Copy, Update };  // what of the machine bounds the row

struct CaseInfo {
  const char* name;
  const char* module;  // the .cu file it is in
  const char* unit;    // per second, with its power of ten: "GB/s"
  Limit limit;
  double target;  // ours / native at least; 0: reported only
  bool has_blas;
  std::unique_ptr<Case> (*make)(Device&, Size);
};

template <class T>
std::unique_ptr<Case> make_case(Device& device, Size size) {
  return std::make_unique<T>(device, size);
}

// All rows, in the order of the table.
const std::vector<CaseInfo>& all_cases();

}  // namespace qiao::bench
