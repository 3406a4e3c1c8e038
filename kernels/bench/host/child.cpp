#include "kernels/bench/host/child.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "kernels/bench/host/clock.h"
#include "kernels/bench/host/measure.h"
#include "kernels/bench/host/process.h"

namespace qiao::bench {
namespace {

const CaseInfo* find_case(const std::string& name) {
  for (const CaseInfo& info : all_cases()) {
    if (name == info.name) return &info;
  }
  return nullptr;
}

Result<double> first_launch(const CaseInfo& info, const std::string& build) {
  if (Result<void> pinned = pin_to(1); !pinned) return pinned.error();
  Result<std::unique_ptr<Device>> device = open_cuda();
  if (!device) return device.error();
  std::unique_ptr<Case> data = info.make(**device, Size::Tiny);
  const char* image = find_image(info.module, build);
  const double start = now();
  Result<Module> module = Module::load(**device, image);
  if (!module) return module.error();
  data->ours(*module);
  (*device)->synchronize();
  const double first = now() - start;
  double later = first;
  for (int i = 0; i < 5; ++i) {
    const double again = now();
    data->ours(*module);
    (*device)->synchronize();
    later = std::min(later, now() - again);
  }
  if (Result<void> ran = (*device)->failure(); !ran) return ran.error();
  return first - later;
}

Result<double> rate(const CaseInfo& info, const std::string& build, Size size, double seconds, unsigned cpus) {
  if (Result<void> pinned = pin_to(cpus); !pinned) return pinned.error();
  Result<std::unique_ptr<Device>> device = open_cuda();
  if (!device) return device.error();
  Result<Module> module = Module::load(**device, find_image(info.module, build));
  if (!module) return module.error();
  std::unique_ptr<Case> data = info.make(**device, size);
  std::vector<Side> sides = {{[&] { data->reset_ours(); },
                              [&] {
                                data->ours(*module);
                                (*device)->synchronize();
                              },
                              {}}};
  take_turns(sides, seconds);
  if (Result<void> ran = (*device)->failure(); !ran) return ran.error();
  return sides[0].timing().best;
}

// A line of /proc/self/status, in bytes: VmRSS is what is resident now, VmHWM the most so far.
double status(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return 1024 * std::atof(line.c_str() + key.size() + 1);
  }
  return 0;
}

// vecadd, tiny: the program's own data are some kilobytes.
Result<double> memory(const std::string& build) {
  const double before = status("VmRSS");
  Result<std::unique_ptr<Device>> device = open_cuda();
  if (!device) return device.error();
  Result<Module> module = Module::load(**device, find_image("streams", build));
  if (!module) return module.error();
  constexpr int kCount = 1000;
  DeviceArray<float> a(**device, kCount), b(**device, kCount), c(**device, kCount);
  (*device)->launch((*module)["vecadd"], {4}, {256}, a.get(), b.get(), c.get(), kCount);
  (*device)->synchronize();
  if (Result<void> ran = (*device)->failure(); !ran) return ran.error();
  return status("VmHWM") - before;
}

Result<double> run(const std::vector<std::string>& words) {
  if (words.empty() || !choose_clock(words[0])) return invalid(Code::InvalidValue, "no such clock");
  if (words.size() == 3 && words[1] == "memory") return memory(words[2]);
  const CaseInfo* info = words.size() > 3 ? find_case(words[2]) : nullptr;
  if (info != nullptr && words[1] == "first") return first_launch(*info, words[3]);
  if (info != nullptr && words[1] == "rate" && words.size() == 7) {
    return rate(*info, words[3], static_cast<Size>(std::atoi(words[4].c_str())), std::atof(words[5].c_str()),
                static_cast<unsigned>(std::atoi(words[6].c_str())));
  }
  return invalid(Code::InvalidValue, "no such child");
}

}  // namespace

int child_main(const std::vector<std::string>& words) {
  const Result<double> number = run(words);
  if (!number) return std::fprintf(stderr, "%s\n", number.error().message.c_str()), 1;
  std::printf("%.17g\n", *number);
  return 0;
}

}  // namespace qiao::bench
