// qiao cache warm: runs a program once with everything that it launches compiled to the end, and says what is in the
// cache then. libqiao tells through a file, a line per kernel (device_sim/jit/session/cache_report.h).
#include "src/cli/cache_warm.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "src/base/cache_folder.h"
#include "src/base/environment.h"
#include "src/compile/process.h"
#include "src/cli/start.h"
#include "src/cli/verbs.h"
#include "src/perf/demangle.h"

namespace qiao::cli {
namespace {

struct Kernel {
  std::string result;  // "compiled", "found" or "lost": compiled, but not kept
  std::string executor;
  std::string shape;
  std::string name;
};

std::vector<Kernel> read_report(const std::filesystem::path& path) {
  std::vector<Kernel> kernels;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    Kernel kernel;
    if (words >> kernel.result >> kernel.executor >> kernel.shape >> kernel.name) kernels.push_back(std::move(kernel));
  }
  return kernels;
}

size_t count(const std::vector<Kernel>& kernels, const char* result) {
  return static_cast<size_t>(
      std::count_if(kernels.begin(), kernels.end(), [&](const Kernel& kernel) { return kernel.result == result; }));
}

// One line that counts on, where somebody looks.
class Progress {
 public:
  explicit Progress(std::filesystem::path report) : report_(std::move(report)) {
    if (isatty(STDERR_FILENO)) thread_ = std::thread([this] { watch(); });
  }
  ~Progress() {
    done_ = true;
    if (!thread_.joinable()) return;
    thread_.join();
    std::fputs("\r\033[K", stderr);
  }

 private:
  void watch() {
    while (!done_) {
      const std::vector<Kernel> kernels = read_report(report_);
      std::fprintf(stderr, "\rqiao: %zu kernels, %zu of them compiled ", kernels.size(), count(kernels, "compiled"));
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  std::filesystem::path report_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

void print_text(const std::vector<Kernel>& kernels) {
  for (const Kernel& kernel : kernels) {
    std::printf("%-8s  %-4s  %-12s  %s\n", kernel.result.c_str(), kernel.executor.c_str(), kernel.shape.c_str(),
                perf::demangled_name(kernel.name).c_str());
  }
  std::printf("%zu kernels: %zu compiled, %zu found in %s\n", kernels.size(), count(kernels, "compiled"),
              count(kernels, "found"), cache_folder().c_str());
}

void print_json(const std::vector<Kernel>& kernels, int code) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Kernel& kernel : kernels) {
    list.push_back(
        {{"name", kernel.name}, {"executor", kernel.executor}, {"block", kernel.shape}, {"result", kernel.result}});
  }
  nlohmann::ordered_json object{{"folder", cache_folder().string()},
                                {"exit_code", code},
                                {"compiled", count(kernels, "compiled")},
                                {"found", count(kernels, "found")},
                                {"kernels", list}};
  std::printf("%s\n", object.dump(2).c_str());
}

}  // namespace

int warm(const std::vector<std::string>& command, const RunOptions& options, bool as_json) {
  if (command.empty())
    return fail(kMisuse, "warm needs a program: qiao cache warm [OPTIONS] -- APP ARGS (see qiao cache warm --help)");
  if (command[0].starts_with("-")) return fail(kMisuse, "warm has no option " + command[0]);
  if (cache_folder().empty() || environment("QIAO_CACHE") == "off") return fail(kFailed, "the cache is off");
  std::filesystem::path program;
  if (int code = set_environment(options)) return code;
  if (int code = prepare_program(command[0], program)) return code;
  Result<compile::TemporaryFolder> folder = compile::TemporaryFolder::create();
  if (!folder) return fail(kCannotRun, folder.error().message);

  const std::filesystem::path report = folder->path() / "report";
  setenv("QIAO_CACHE_REPORT", report.c_str(), 1);
  setenv("QIAO_TIER", "full", 1);  // each launch waits for what is kept
  std::vector<std::string> words = command;
  words[0] = program.string();
  Result<int> code = [&] {
    Progress progress(report);
    return compile::run_program(words, compile::Output::Errors);
  }();
  if (!code) return fail(kCannotRun, code.error().message);
  const std::vector<Kernel> kernels = read_report(report);
  as_json ? print_json(kernels, *code) : print_text(kernels);
  if (size_t lost = count(kernels, "lost")) return fail(kFailed, std::to_string(lost) + " kernels could not be kept");
  if (*code == 0) return 0;
  return fail(kFailed, command[0] + " ended with exit code " + std::to_string(*code) + ": the list may be short");
}

}  // namespace qiao::cli
