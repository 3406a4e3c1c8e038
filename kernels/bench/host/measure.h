// Runs the rows: what is compared takes turns, so that the machine's moods meet both sides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/bench/host/blas.h"
#include "kernels/bench/host/options.h"

namespace qiao::bench {

struct Timing {
  double best = 0;  // seconds
  double median = 0;
  int runs = 0;
};

// One of what takes turns.
struct Side {
  std::function<void()> reset;  // not timed
  std::function<void()> run;
  std::vector<double> seconds = {};
  double spent = 0;      // all of them
  bool is_peer = false;  // a slow one may sit out, so that the others have their runs

  Timing timing() const;
};

// Three rounds at least, then until the runs have taken `seconds`.
void take_turns(std::vector<Side>& sides, double seconds);

struct Row {
  const CaseInfo* info = nullptr;
  std::string failure;  // not empty: what went wrong; then the timings mean nothing
  double work = 0;
  Timing ours, ours_fast;  // without and with -use_fast_math
  Timing plain, fast_math;
  std::optional<Timing> blas;
  std::optional<Timing> opencl;
  std::string opencl_failure;  // not empty: why there is no such timing

  double rate(const Timing& timing) const { return timing.runs == 0 ? 0 : work / timing.best * 1e-9; }
  // The one that `target` speaks of: OpenBLAS where the row has it, else the better native version.
  const Timing& peer() const;
  double ratio(const Timing& timing) const { return timing.runs == 0 ? 0 : peer().best / timing.best; }
};

// What is installed of other ways to the same results; null: is not.
struct Peers {
  Sgemm blas = nullptr;
  Device* opencl = nullptr;
};

Row measure(Device& device, const CaseInfo& info, const Options& options, Peers peers);

}  // namespace qiao::bench
