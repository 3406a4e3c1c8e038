// Runs litmus tests of PTX's memory model (PTX ISA chapter 8): each many times, counting what the threads read.
//   qiao run --executor NAME -- litmus FILE...      on an executor of Qiao
//   litmus FILE...                                  on the CUDA device that is there
// 0: no outcome that the model forbids was seen; 1: one was, or a test cannot run; 2: a file is not as described here.
// LITMUS_BATCHES=N: 32 N runs of each test (default: 512 batches). A file is a module with one kernel and these
// comments:
//
//     // litmus: NAME              the kernel's name
//     // threads: 2 blocks         one per block, or `warps`: one per warp of a block
//     // out: r0 r1 x              what makes an outcome: words that threads have read, final values of x and y
//     // forbidden: r0=1 r1=0      an outcome the model forbids (what is not named may be anything); any number of them
//     // counted: r0=1 r1=1        one worth counting
//
// The kernel's parameters: memory (x at 0 and y at 128 of each run's 256 bytes, zero), out (16 bytes for each run),
// started (a zero word), the number of batches, a seed. A batch is 32 runs at once, one per lane.
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/driver_api.h"

namespace {

constexpr unsigned kStride = 256, kSeed = 12345;

using Outcome = std::map<std::string, unsigned>;

struct Test {
  std::string name, text;
  unsigned threads = 0;
  bool in_blocks = false;
  std::vector<std::string> out;
  std::vector<Outcome> forbidden;
  Outcome counted;
};

Outcome parse_outcome(std::istringstream& words) {
  Outcome outcome;
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals != word.npos)
      outcome[word.substr(0, equals)] = static_cast<unsigned>(std::stoul(word.substr(equals + 1)));
  }
  return outcome;
}

bool read_test(const char* path, Test& test) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line); test.text += line + "\n") {
    std::istringstream words(line);
    std::string slashes, key, place;
    if (!(words >> slashes >> key) || slashes != "//") continue;
    if (key == "litmus:") words >> test.name;
    if (key == "threads:") words >> test.threads >> place, test.in_blocks = place == "blocks";
    if (key == "out:") {
      for (std::string word; words >> word;) test.out.push_back(word);
    }
    if (key == "forbidden:") test.forbidden.push_back(parse_outcome(words));
    if (key == "counted:") test.counted = parse_outcome(words);
  }
  return !test.name.empty() && test.threads != 0 && !test.out.empty();
}

bool matches(const Outcome& got, const Outcome& pattern) {
  for (const auto& [name, value] : pattern) {
    const auto found = got.find(name);
    if (found == got.end() || found->second != value) return false;
  }
  return true;
}

std::string text_of(const Outcome& outcome) {
  std::string text;
  for (const auto& [name, value] : outcome) text += (text.empty() ? "" : " ") + name + "=" + std::to_string(value);
  return text;
}

class Runner {
 public:
  Runner(const Driver& driver, unsigned batches) : driver_(driver), batches_(batches), runs_(32 * batches) {
    must(driver_, driver_.mem_alloc(&memory_, std::size_t{runs_} * kStride));
    must(driver_, driver_.mem_alloc(&out_, std::size_t{runs_} * 16));
    must(driver_, driver_.mem_alloc(&started_, 4));
  }

  // How often each outcome came.
  bool run(const Test& test, std::map<Outcome, unsigned>& counts) {
    CUmodule module = nullptr;
    CUfunction kernel = nullptr;
    CUresult status = driver_.module_load_data(&module, test.text.c_str());
    if (status == kSuccess) status = driver_.module_get_function(&kernel, module, test.name.c_str());
    if (status == kSuccess) status = launch(test, kernel, counts);
    if (status != kSuccess) std::printf("%s: cannot run: %s\n", test.name.c_str(), name_of(driver_, status));
    if (module != nullptr) must(driver_, driver_.module_unload(module));
    return status == kSuccess;
  }

 private:
  CUresult launch(const Test& test, CUfunction kernel, std::map<Outcome, unsigned>& counts) {
    std::vector<unsigned> memory(runs_ * kStride / 4, 0), out(runs_ * 4, 0);
    must(driver_, driver_.memcpy_to_device(memory_, memory.data(), memory.size() * 4));
    must(driver_, driver_.memcpy_to_device(out_, out.data(), out.size() * 4));
    must(driver_, driver_.memcpy_to_device(started_, memory.data(), 4));
    unsigned batches = batches_, seed = kSeed;
    void* arguments[] = {&memory_, &out_, &started_, &batches, &seed};
    const unsigned grid = test.in_blocks ? test.threads : 1, block = test.in_blocks ? 32 : 32 * test.threads;
    CUresult status = driver_.launch_kernel(kernel, grid, 1, 1, block, 1, 1, 0, nullptr, arguments, nullptr);
    if (status == kSuccess) status = driver_.context_synchronize();
    if (status != kSuccess) return status;
    must(driver_, driver_.memcpy_to_host(memory.data(), memory_, memory.size() * 4));
    must(driver_, driver_.memcpy_to_host(out.data(), out_, out.size() * 4));
    for (unsigned run = 0; run < runs_; ++run) {
      Outcome got;
      for (const std::string& name : test.out) {
        const unsigned* place = &memory[run * kStride / 4];
        got[name] = name == "x"   ? place[0]
                    : name == "y" ? place[32]
                                  : out[4 * run + static_cast<unsigned>(name[1] - '0')];
      }
      ++counts[got];
    }
    return kSuccess;
  }

  const Driver& driver_;
  unsigned batches_, runs_;
  CUdeviceptr memory_ = 0, out_ = 0, started_ = 0;
};

bool report(const Test& test, const std::map<Outcome, unsigned>& counts) {
  unsigned all = 0, counted = 0, wrong = 0;
  for (const auto& [outcome, count] : counts) {
    all += count;
    if (matches(outcome, test.counted)) counted += count;
    for (const Outcome& forbidden : test.forbidden) {
      if (!matches(outcome, forbidden)) continue;
      wrong += count;
      std::printf("%s: FORBIDDEN %s seen %u times\n", test.name.c_str(), text_of(outcome).c_str(), count);
      break;
    }
  }
  std::printf("%s: %u runs, %zu outcomes, %s seen %u times%s\n", test.name.c_str(), all, counts.size(),
              text_of(test.counted).c_str(), counted, wrong != 0 || test.forbidden.empty() ? "" : ", none forbidden");
  return wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Driver driver = open_driver();
  make_context(driver);
  const char* asked = std::getenv("LITMUS_BATCHES");
  const int batches = asked != nullptr ? std::atoi(asked) : 512;
  if (batches < 1 || batches > 65536) return std::fprintf(stderr, "LITMUS_BATCHES is 1 to 65536\n"), 2;
  Runner runner(driver, static_cast<unsigned>(batches));
  int result = 0;
  for (int i = 1; i < argc; ++i) {
    Test test;
    if (!read_test(argv[i], test)) return std::fprintf(stderr, "%s: not a litmus test\n", argv[i]), 2;
    std::map<Outcome, unsigned> counts;
    if (!runner.run(test, counts) || !report(test, counts)) result = 1;
  }
  return result;
}
