// The program behind `qiao bench`: a CUDA program like others, which also runs on other drivers.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "kernels/bench/host/child.h"
#include "kernels/bench/host/process.h"
#include "kernels/bench/host/progress.h"
#include "kernels/bench/host/report.h"

namespace qiao::bench {
namespace {

constexpr int kWrong = 1, kMisuse = 2, kCannotRun = 126;

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "qiao: bench: %s\n", message.c_str());
  return code;
}

// The native versions were compiled for the machine of the build.
Result<void> check_machine() {
#ifdef __x86_64__
  __builtin_cpu_init();
  if ((plain::kNative.avx512 && !__builtin_cpu_supports("avx512f")) ||
      (plain::kNative.avx2 && !__builtin_cpu_supports("avx2"))) {
    return unsupported("the native versions were compiled for another processor than this machine's: build Qiao here");
  }
#endif
  return {};
}

std::vector<Row> measure_rows(Device& device, const Options& options, Peers peers) {
  std::vector<Row> rows;
  for (const CaseInfo& info : all_cases()) {
    if (!options.wants(info.name)) continue;
    progress(info.name);
    rows.push_back(measure(device, info, options, peers));
  }
  return rows;
}

int check_only(Device& device, const Options& options) {
  bool right = true;
  const auto print = [&right](const char* name, const std::string& failure) {
    std::printf("%-12s %s\n", name, failure.empty() ? "right" : failure.c_str());
    right = right && failure.empty();
  };
  for (const Row& row : measure_rows(device, options, {find_openblas(), nullptr})) print(row.info->name, row.failure);
  if (options.wants("barrier")) print("barrier", check_barriers(device, options));
  progress("");
  return right ? 0 : kWrong;
}

Report measure_all(Device& device, const Options& options) {
  Report report;
  report.device = device.name();
  getloadavg(&report.load, 1);
  progress("the machine's limits");
  report.limits = measure_limits(options);
  const Sgemm blas = find_openblas();
  const Result<std::unique_ptr<Device>> opencl = open_opencl();
  report.has_blas = blas != nullptr;
  report.has_opencl = opencl.ok();
  report.rows = measure_rows(device, options, {blas, opencl ? opencl->get() : nullptr});
  report.figures = measure_here(device, options);
  report.launches = measure_first_launches(options);
  const auto add = [&report](const std::vector<Figure>& more) {
    report.figures.insert(report.figures.end(), more.begin(), more.end());
  };
  if (options.wants("jit")) add(summarize(report.launches));
  add(measure_apart(options));
  progress("");
  return report;
}

int run(const Options& options) {
  std::ofstream file;
  if (!options.json.empty()) {
    file.open(options.json);
    if (!file) return fail(kMisuse, "cannot write " + options.json);
  }
  if (Result<void> fits = check_machine(); !fits) return fail(kCannotRun, fits.error().message);
  const Result<void> pinned = options.cpu >= 0 ? pin_to_cpu(options.cpu) : pin_to(1);
  if (!pinned) return fail(kMisuse, pinned.error().message);
  if (!options.check) setenv("QIAO_TIER", "full", 0);  // rates are of finished code; nothing compiles behind our back
  Result<std::unique_ptr<Device>> device = open_cuda();
  if (!device) return fail(kCannotRun, device.error().message);
  if (options.check) return check_only(**device, options);
  const Report report = measure_all(**device, options);
  std::printf("%s", table(report, options).c_str());
  file << json(report, options);
  int code = 0;
  for (const Row& row : report.rows) {
    if (!row.failure.empty()) code = fail(kWrong, std::string(row.info->name) + ": " + row.failure);
  }
  return code;
}

}  // namespace
}  // namespace qiao::bench

int main(int argc, char** argv) {
  using namespace qiao::bench;
  if (argc > 1 && std::strcmp(argv[1], "child") == 0) return child_main({argv + 2, argv + argc});
  qiao::Result<Options> options = parse_options({argv + 1, argv + argc});
  if (!options) return fail(kMisuse, options.error().message);
  if (options->help || options->list) {
    std::printf("%s", options->help ? help_text() : list_of_rows().c_str());
    return 0;
  }
  return run(*options);
}
