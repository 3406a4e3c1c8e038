// The results: a table for people, JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "kernels/bench/host/figures.h"
#include "kernels/bench/host/limits.h"
#include "kernels/bench/host/measure.h"

namespace qiao::bench {

struct Report {
  std::string device;
  double load = 0;  // processes that ran or waited for a CPU before the benchmark did, on average of a minute
  Limits limits;
  bool has_blas = false;
  bool has_opencl = false;
  std::vector<Row> rows;
  std::vector<FirstLaunch> launches;
  std::vector<Figure> figures;
};

std::string table(const Report& report, const Options& options);
std::string json(const Report& report, const Options& options);
std::string list_of_rows();

}  // namespace qiao::bench
