// Runs test files of PTX instructions: loads each as a module, launches what its comments ask for, compares bit for
// bit.
//   qiao run --executor NAME -- ptx_test FILE...      on an executor of Qiao
//   ptx_test FILE...                                  on the CUDA device that is there
// 0: all passed; 1: something failed; 2: a file is not as described here; 77: nothing could run. A file is a module
// that ptxas accepts for its .target, named tests/ptx/<family>/<opcode with _ for .>[_variant].ptx, with these
// comments:
//
//     // form: mul.hi.int d, a, b       one line per row of the instruction table that it tests, spelt exactly so
//     // executors: interpreter warp    only if the others may differ: with the reason in a comment
//     // image: NAME geometry=2d ...  a texture or surface (images.h)
//     // run: ENTRY in=2 out=1 [block=X[,Y[,Z]]] [grid=X[,Y[,Z]]] [shared=BYTES]
//     //   00000007 ffffffff -> 00000006
//     // refused: TEXT                  below a run, instead of rows: it fails as not supported and the log has TEXT
//     // fails: CUDA_ERROR_NAME         below a file's last run: it fails with this error
//
// Every entry has the parameters (.param .u64 in, .param .u64 out). Thread i (x fastest, over block and grid) reads
// record i of `in` and writes record i of `out`; a column is a slot of 8 bytes, little-endian, and must be written
// whole
// (`out` is filled with ee before, and what lies above a narrow value must be 0); 128 bits are two columns, low half
// first. There is one row per thread. Without block= and grid= there are blocks of 32, the last filled up with copies
// of the last row. Expected values: bits in hex; LOW..HIGH, floats of 4, 8 or 16 hex digits in numeric order (-0 just
// below +0), both included; nan (f32), nan16 (f16), nanbf16, nan64; * for anything. They come from outside Qiao: from
// the manual, from another formulation in exact arithmetic, from MPFR (reference/).
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "test_file.h"
#include "tests/apps/driver_api.h"

namespace {

constexpr unsigned kSecondsPerFile = 100;
constexpr unsigned char kFill = 0xee;
constexpr int kPassed = 0, kFailed = 1, kMisuse = 2, kSkipped = 77;
constexpr CUresult kNotSupported = 801;
constexpr int kComputeMajor = 75, kComputeMinor = 76;

// What is written to stderr from now on, instead of to the terminal.
class CapturedLog {
 public:
  CapturedLog() : file_(std::tmpfile()), before_(dup(2)) { dup2(fileno(file_), 2); }
  ~CapturedLog() { std::fclose(file_); }
  std::string finish() {
    std::fflush(stderr);
    dup2(before_, 2);
    close(before_);
    std::string text(static_cast<std::size_t>(lseek(fileno(file_), 0, SEEK_END)), '\0');
    if (pread(fileno(file_), text.data(), text.size(), 0) < 0) text.clear();
    return text;
  }

 private:
  std::FILE* file_;
  int before_;
};

class FileRun {
 public:
  FileRun(const Driver& driver, const TestFile& file) : driver_(driver), file_(file) {}

  bool run() {
    for (const Run& run : file_.runs) {
      CUresult status = kSuccess;
      std::string log;
      std::vector<std::uint64_t> out;
      if (run.refused.empty()) {
        status = launch(run, out);
      } else {
        CapturedLog captured;
        status = launch(run, out);
        log = captured.finish();
      }
      check(run, status, log, out);
      if (status == kSuccess && std::getenv("PTX_TEST_PRINT") != nullptr) print(run, out);
    }
    return !wrong_;
  }

 private:
  CUresult load() {
    if (module_ != nullptr) return kSuccess;
    if (CUresult status = driver_.module_load_data(&module_, file_.text.c_str()); status != kSuccess) return status;
    for (const Image& image : file_.images) {
      if (CUresult status = make_image(driver_, module_, image); status != kSuccess) return status;
    }
    return kSuccess;
  }

  // `out` becomes the threads' records, and one slot behind them which no thread may touch.
  CUresult launch(const Run& run, std::vector<std::uint64_t>& out) {
    CUfunction kernel = nullptr;
    if (CUresult status = load(); status != kSuccess) return status;
    if (CUresult status = driver_.module_get_function(&kernel, module_, run.entry.c_str()); status != kSuccess)
      return status;
    auto grid = run.grid;
    auto block = run.block;
    const unsigned per_block = block[0] * block[1] * block[2];
    if (grid[0] == 0)
      grid[0] = static_cast<unsigned>(std::max<std::size_t>(1, (run.rows.size() + per_block - 1) / per_block));
    const std::size_t threads = std::size_t{per_block} * grid[0] * grid[1] * grid[2];
    std::vector<std::uint64_t> in;
    for (std::size_t i = 0; i < threads && !run.rows.empty(); ++i) {
      const Row& row = run.rows[std::min(i, run.rows.size() - 1)];
      in.insert(in.end(), row.inputs.begin(), row.inputs.end());
    }
    in.resize(std::max<std::size_t>(in.size(), 1));
    out.resize(threads * run.outputs + 1);
    std::memset(out.data(), kFill, out.size() * sizeof(out[0]));

    CUdeviceptr device_in = 0, device_out = 0;
    must(driver_, driver_.mem_alloc(&device_in, in.size() * sizeof(in[0])));
    must(driver_, driver_.mem_alloc(&device_out, out.size() * sizeof(out[0])));
    must(driver_, driver_.memcpy_to_device(device_in, in.data(), in.size() * sizeof(in[0])));
    must(driver_, driver_.memcpy_to_device(device_out, out.data(), out.size() * sizeof(out[0])));
    void* arguments[] = {&device_in, &device_out};
    CUresult status = driver_.launch_kernel(kernel, grid[0], grid[1], grid[2], block[0], block[1], block[2],
                                            run.shared_bytes, nullptr, arguments, nullptr);
    if (status == kSuccess) status = driver_.context_synchronize();
    if (status != kSuccess) return status;
    must(driver_, driver_.memcpy_to_host(out.data(), device_out, out.size() * sizeof(out[0])));
    must(driver_, driver_.mem_free(device_in));
    must(driver_, driver_.mem_free(device_out));
    return kSuccess;
  }

  void check(const Run& run, CUresult status, const std::string& log, const std::vector<std::uint64_t>& out) {
    const std::string got = status == kSuccess ? "success" : name_of(driver_, status);
    if (!run.refused.empty()) {
      if (status != kNotSupported) fail(run.line, run.entry + ": expected to be refused as not supported, got " + got);
      if (log.find(run.refused) == log.npos) {
        fail(run.line, run.entry + ": expected '" + run.refused + "' in the log, got '" + log + "'");
      }
    } else if (!run.fails.empty()) {
      if (got != run.fails) fail(run.line, run.entry + ": expected to fail with " + run.fails + ", got " + got);
    } else if (status != kSuccess) {
      fail(run.line, run.entry + ": cannot run: " + got);
    } else {
      check_rows(run, out);
    }
  }

  void check_rows(const Run& run, const std::vector<std::uint64_t>& out) {
    unsigned wrong = 0;
    for (std::size_t i = 0; i < run.rows.size(); ++i) {
      const Row& row = run.rows[i];
      for (unsigned column = 0; column < run.outputs; ++column) {
        const std::uint64_t got = out[i * run.outputs + column];
        if (meets(row.outputs[column], got)) continue;
        if (++wrong > kShown) continue;
        std::string inputs;
        char number[32];
        for (std::uint64_t input : row.inputs) {
          std::snprintf(number, sizeof(number), " %llx", static_cast<unsigned long long>(input));
          inputs += number;
        }
        std::snprintf(number, sizeof(number), "%016llx", static_cast<unsigned long long>(got));
        fail(row.line, run.entry + " row " + std::to_string(i) + " column " + std::to_string(column) + ": expected " +
                           row.outputs[column].text + ", got " + number + " (in:" + inputs + ")");
      }
    }
    if (wrong > kShown) fail(run.line, run.entry + ": " + std::to_string(wrong) + " values are wrong");
    std::uint64_t untouched;
    std::memset(&untouched, kFill, sizeof(untouched));
    if (out.back() != untouched) fail(run.line, run.entry + ": wrote behind the last thread's record");
  }

  // PTX_TEST_PRINT: what came out, to compare executors by.
  static void print(const Run& run, const std::vector<std::uint64_t>& out) {
    for (std::size_t i = 0; i < run.rows.size() * run.outputs; ++i) {
      std::printf("%s %zu %016llx\n", run.entry.c_str(), i, static_cast<unsigned long long>(out[i]));
    }
  }

  void fail(unsigned line, const std::string& what) {
    std::fprintf(stderr, "%s:%u: %s\n", file_.path.c_str(), line, what.c_str());
    wrong_ = true;
  }

  static constexpr unsigned kShown = 8;
  const Driver& driver_;
  const TestFile& file_;
  CUmodule module_ = nullptr;
  bool wrong_ = false;
};

// Why this file cannot run here; empty if it can. On Qiao (which says so through QIAO_EXECUTOR) every target runs.
std::string reason_to_skip(const Driver& driver, const TestFile& file) {
  if (const char* executor = std::getenv("QIAO_EXECUTOR")) {
    bool named = file.executors.empty();
    for (const std::string& one : file.executors) named |= one == executor;
    return named ? "" : std::string("not for the executor ") + executor;
  }
  for (const Run& run : file.runs) {
    if (!run.refused.empty()) return "it tells what Qiao refuses";
  }
  int major = 0, minor = 0;
  must(driver, driver.device_get_attribute(&major, kComputeMajor, 0));
  must(driver, driver.device_get_attribute(&minor, kComputeMinor, 0));
  const int target = file.target.size() > 3 ? std::atoi(file.target.c_str() + 3) : 0;
  const bool exact = !file.target.empty() && !std::isdigit(static_cast<unsigned char>(file.target.back()));
  const bool fits = exact ? target == 10 * major + minor : target <= 10 * major + minor;
  return fits ? "" : "the device is no " + file.target;
}

int run_file(const std::string& path) {
  TestFile file = read_test_file(path);
  for (const std::string& error : file.errors) std::fprintf(stderr, "%s: %s\n", path.c_str(), error.c_str());
  if (!file.errors.empty()) return kMisuse;
  Driver driver = open_driver();
  make_context(driver);
  if (std::string reason = reason_to_skip(driver, file); !reason.empty()) {
    std::printf("%s: skipped: %s\n", path.c_str(), reason.c_str());
    return kSkipped;
  }
  return FileRun(driver, file).run() ? kPassed : kFailed;
}

// Each file in a process of its own: after a sticky error, a crash or a hang the others still run.
int run_apart(const std::string& path) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    alarm(kSecondsPerFile);
    const int code = run_file(path);
    std::fflush(stdout);
    _exit(code);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    std::perror("fork");
    return kFailed;
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::fprintf(stderr, "%s: ended by signal %d (%s)\n", path.c_str(), WTERMSIG(status), strsignal(WTERMSIG(status)));
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: ptx_test FILE...\n");
    return kMisuse;
  }
  unsigned passed = 0, skipped = 0, failed = 0;
  int result = kPassed;
  for (int i = 1; i < argc; ++i) {
    const int code = run_apart(argv[i]);
    if (code == kPassed)
      ++passed;
    else if (code == kSkipped)
      ++skipped;
    else
      ++failed, result = std::max(result, code == kMisuse ? kMisuse : kFailed);
  }
  std::printf("ptx_test: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
  return result == kPassed && passed == 0 ? kSkipped : result;
}
