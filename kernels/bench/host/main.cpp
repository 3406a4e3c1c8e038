// The program behind `qiao bench`: a CUDA program like others, which also runs on other drivers.
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "kernels/bench/host/report.h"

namespace qiao::bench {
namespace {

constexpr int kWrong = 1, kMisuse = 2, kCannotRun = 126;

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "qiao: bench: %s\n", message.c_str());
  return code;
}

// One CPU for all that is measured; what is started later inherits it.
Result<void> pin(int cpu) {
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof mine, &mine) != 0) return invalid(Code::OperatingSystem, "cannot read the CPU mask");
  for (int i = CPU_SETSIZE - 1; i >= 0 && cpu < 0; --i) {
    if (CPU_ISSET(i, &mine)) cpu = i;
  }
  if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &mine)) {
    return invalid(Code::InvalidValue, "this process may not use CPU " + std::to_string(cpu));
  }
  CPU_ZERO(&mine);
  CPU_SET(cpu, &mine);
  if (sched_setaffinity(0, sizeof mine, &mine) != 0) return invalid(Code::OperatingSystem, "cannot pin to a CPU");
  return {};
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

// On a terminal one line that changes, elsewhere a line per row.
void progress(const std::string& what) {
  if (isatty(2) != 0) {
    std::fprintf(stderr, "\r\033[K%s", what.c_str());
  } else if (!what.empty()) {
    std::fprintf(stderr, "%s\n", what.c_str());
  }
}

int check_only(const std::vector<Row>& rows) {
  int wrong = 0;
  for (const Row& row : rows) {
    std::printf("%-12s %s\n", row.info->name, row.failure.empty() ? "right" : row.failure.c_str());
    wrong += row.failure.empty() ? 0 : 1;
  }
  return wrong == 0 ? 0 : kWrong;
}

Result<std::vector<Row>> measure_rows(Device& device, const Options& options, Sgemm blas) {
  std::vector<Row> rows;
  std::size_t number = 0;
  for (const CaseInfo& info : all_cases()) {
    ++number;
    if (!options.wants(info.name)) continue;
    progress("bench: " + std::string(info.name) + " (" + std::to_string(number) + "/" +
             std::to_string(all_cases().size()) + ")");
    rows.push_back(measure(device, info, options, blas));
  }
  progress("");
  return rows;
}

int run(const Options& options) {
  std::ofstream file;
  if (!options.json.empty()) {
    file.open(options.json);
    if (!file) return fail(kMisuse, "cannot write " + options.json);
  }
  if (Result<void> fits = check_machine(); !fits) return fail(kCannotRun, fits.error().message);
  if (Result<void> pinned = pin(options.cpu); !pinned) return fail(kMisuse, pinned.error().message);
  Result<std::unique_ptr<Device>> device = Device::open();
  if (!device) return fail(kCannotRun, device.error().message);
  const Sgemm blas = find_openblas();
  Report report;
  report.device = (*device)->name();
  report.has_blas = blas != nullptr;
  if (!options.check) {
    progress("bench: the machine's limits");
    report.limits = measure_limits(options);
  }
  Result<std::vector<Row>> rows = measure_rows(**device, options, blas);
  if (!rows) return fail(kWrong, rows.error().message);
  report.rows = std::move(*rows);
  if (options.check) return check_only(report.rows);
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
  qiao::Result<Options> options = parse_options({argv + 1, argv + argc});
  if (!options) return fail(kMisuse, options.error().message);
  if (options->help || options->list) {
    std::printf("%s", options->help ? help_text() : list_of_rows().c_str());
    return 0;
  }
  return run(*options);
}
