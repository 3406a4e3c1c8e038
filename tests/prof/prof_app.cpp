// What qiao prof is tried on. Each launch of `scale` is 8 blocks of 128 threads over 1000 numbers.
//   prof_app plain N | stop | kill | child | fault | nvtx | api | events
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "include/qiao/profiler.h"
#include "tests/apps/driver_api.h"
#include "tests/apps/scale_ptx.h"

namespace {

constexpr unsigned kCount = 1000;

struct Scale {
  Driver driver = open_driver();
  CUfunction kernel = nullptr;
  CUdeviceptr x = 0, y = 0;

  Scale() {
    make_context(driver);
    CUmodule module = nullptr;
    must(driver, driver.module_load_data(&module, kScalePtx));
    must(driver, driver.module_get_function(&kernel, module, "scale"));
    must(driver, driver.mem_alloc(&x, kCount * sizeof(float)));
    must(driver, driver.mem_alloc(&y, kCount * sizeof(float)));
    const std::vector<float> zeros(kCount);
    must(driver, driver.memcpy_to_device(x, zeros.data(), kCount * sizeof(float)));
  }

  int launch(CUdeviceptr from = 0) {
    CUdeviceptr source = from ? from : x;
    float factor = 1.5f;
    unsigned limit = kCount;
    void* arguments[] = {&source, &y, &factor, &limit};
    must(driver, driver.launch_kernel(kernel, 8, 1, 1, 128, 1, 1, 0, nullptr, arguments, nullptr));
    return driver.context_synchronize();
  }
};

// The program's side of NVTX's binary interface, as its header has it: places for functions, filled by the library that
// NVTX_INJECTION64_PATH names.
using Function = void (*)();
Function core[16], core2[16];
Function* core_places[16];
Function* core2_places[16];

int places_of(int module, Function*** places, unsigned* count) {
  if (module != 1 && module != 5) return 0;
  *places = module == 1 ? core_places : core2_places;
  *count = 16;
  return 1;
}

const struct {
  std::size_t bytes;
  int (*places_of)(int, Function***, unsigned*);
} kCallbacks = {sizeof kCallbacks, places_of};

const void* export_table(std::uint32_t number) {
  return number == 1 ? &kCallbacks : nullptr;
}

bool attach_nvtx() {
  for (int i = 1; i < 16; ++i) {
    core_places[i] = &core[i];
    core2_places[i] = &core2[i];
  }
  const char* path = std::getenv("NVTX_INJECTION64_PATH");
  void* library = path ? dlopen(path, RTLD_LAZY) : nullptr;
  void* attach = library ? dlsym(library, "InitializeInjectionNvtx2") : nullptr;
  return attach && reinterpret_cast<int (*)(const void* (*)(std::uint32_t))>(attach)(export_table) == 1;
}

template <class F>
F* function(Function place) {
  return reinterpret_cast<F*>(place);
}

int nvtx() {
  if (!attach_nvtx()) return std::printf("no NVTX\n"), 3;
  struct {
    std::uint16_t version = 3, bytes = 48;
    std::uint32_t category = 0;
    std::int32_t color_type = 0;
    std::uint32_t color = 0;
    std::int32_t payload_type = 0, reserved = 0;
    std::uint64_t payload = 0;
    std::int32_t message_type = 1, padding = 0;
    const void* message = "inner";
  } event;
  Scale scale;
  const auto push = function<int(const char*)>(core[9]);
  const auto pop = function<int()>(core[11]);
  const auto* domain = function<const void*(const char*)>(core2[12])("lib");
  int wrong = push("epoch") != 0;
  wrong += scale.launch();
  wrong += function<int(const void*, const void*)>(core2[4])(domain, &event) != 0;
  wrong += scale.launch();
  event.message = L"wide \u00e9";
  event.message_type = 2;
  wrong += function<int(const void*)>(core[8])(&event) != 1;
  wrong += scale.launch();
  wrong += pop() != 1;
  wrong += function<int(const void*)>(core2[5])(domain) != 0;
  wrong += pop() != 0;
  wrong += pop() != -1;
  function<void(const char*)>(core[2])("here");
  event.message = function<const void*(const void*, const char*)>(core2[10])(domain, "registered");
  event.message_type = 3;
  const std::uint64_t range = function<std::uint64_t(const void*)>(core[4])(&event);
  wrong += scale.launch();
  function<void(std::uint64_t)>(core[7])(range);
  return wrong;
}

void count_launch(const qiao_launch* launch, void* user) {
  std::uint64_t requests = 0;
  if (std::strcmp(launch->kernel, "scale") == 0 && launch->grid[0] == 8 && launch->block[0] == 128 &&
      qiao_launch_count(launch, "launch.grid", &requests) == QIAO_PROFILER_OK && requests == 8)
    ++*static_cast<int*>(user);
}

int api() {
  double value = 0;
  std::uint64_t lanes = 0;
  int launches = 0;
  if (qiao_profiler_last("inst.thread", &value) != QIAO_PROFILER_NO_LAUNCH) return 2;
  Scale scale;
  scale.launch();
  if (qiao_profiler_enable(QIAO_PROFILER_MEMORY) != QIAO_PROFILER_OK) return 3;
  if (qiao_profiler_on_launch(count_launch, &launches) != QIAO_PROFILER_OK) return 4;
  scale.launch();
  scale.launch();
  if (launches != 2) return 5;
  if (qiao_profiler_last_count("gmem.ld.lanes", &lanes) != QIAO_PROFILER_OK || lanes != 2000) return 6;
  if (qiao_profiler_last("flop_count_sp", &value) != QIAO_PROFILER_OK || value != 2000) return 7;
  if (qiao_profiler_last("l2.hit_pct", &value) != QIAO_PROFILER_NO_VALUE) return 8;
  if (qiao_profiler_last("no_such_thing", &value) != QIAO_PROFILER_UNKNOWN) return 9;
  if (qiao_profiler_disable() != QIAO_PROFILER_OK) return 10;
  scale.launch();
  return launches == 2 ? 0 : 11;
}

int stop() {
  Scale scale;
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  const auto start = reinterpret_cast<CUresult (*)()>(driver_symbol(library, "cuProfilerStart"));
  const auto end = reinterpret_cast<CUresult (*)()>(driver_symbol(library, "cuProfilerStop"));
  scale.launch();
  start();
  scale.launch();
  scale.launch();
  end();
  scale.launch();
  return 0;
}

// Milliseconds between two events: around three launches, then around nothing.
int events() {
  Scale scale;
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  const auto create = reinterpret_cast<CUresult (*)(void**, unsigned)>(driver_symbol(library, "cuEventCreate"));
  const auto record = reinterpret_cast<CUresult (*)(void*, void*)>(driver_symbol(library, "cuEventRecord"));
  const auto elapsed =
      reinterpret_cast<CUresult (*)(float*, void*, void*)>(driver_symbol(library, "cuEventElapsedTime"));
  void *begin = nullptr, *end = nullptr, *later = nullptr;
  if (create(&begin, 0) != kSuccess || create(&end, 0) != kSuccess || create(&later, 0) != kSuccess) return 2;
  record(begin, nullptr);
  for (int i = 0; i < 3; ++i) scale.launch();
  record(end, nullptr);
  record(later, nullptr);
  scale.driver.context_synchronize();
  float first = -1, second = -1;
  if (elapsed(&first, begin, end) != kSuccess || elapsed(&second, end, later) != kSuccess) return 3;
  std::printf("%.6f %.6f\n", static_cast<double>(first), static_cast<double>(second));
  return 0;
}

int child(char* self) {
  const pid_t started = fork();
  if (started == 0) {
    char word[] = "plain", count[] = "2";
    char* arguments[] = {self, word, count, nullptr};
    execv("/proc/self/exe", arguments);
    _exit(9);
  }
  int status = 0;
  waitpid(started, &status, 0);
  Scale().launch();
  return WEXITSTATUS(status);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "nvtx") return nvtx();
  if (mode == "api") return api();
  if (mode == "stop") return stop();
  if (mode == "child") return child(argv[0]);
  if (mode == "events") return events();
  Scale scale;
  const int count = argc > 2 ? std::atoi(argv[2]) : 2;
  for (int i = 0; i < count; ++i) scale.launch();
  if (mode == "kill") kill(getpid(), SIGKILL);
  if (mode == "fault") return scale.launch(16) == kSuccess ? 1 : 7;
  return 0;
}
