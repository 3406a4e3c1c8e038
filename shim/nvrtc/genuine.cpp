// Loads NVIDIA's libnvrtc beside ours: same file name, so it is opened by path and never by name. QIAO_NVRTC names the
// file, or is "clang" for a program that is to be compiled by Clang whatever there is.
#include "shim/nvrtc/genuine.h"

#include <dlfcn.h>

#include <atomic>
#include <string>

#include "shim/api/table.h"
#include "shim/nvrtc/search.h"
#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::shim {
namespace {

std::atomic<int> bound_major{0};

// Ours, of whatever installation, depends on libqiao_entry.so.
bool is_ours(void* library) {
  return dlsym(library, "qiao_entry_bind") != nullptr;
}

template <class Function>
void look_up(Function& function, void* library, const char* name) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

const GenuineNvrtc* load(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    log::info("nvrtc: cannot load " + path + ": " + (why ? why : "?"));
    return nullptr;
  }
  if (is_ours(library)) return nullptr;
  static GenuineNvrtc functions;
#define QIAO_ENTRY(symbol, body, since, until, result, params, args) look_up(functions.symbol, library, #symbol);
#include "shim/api/nvrtc.inc"
  log::info("nvrtc: programs are compiled by " + path);
  return &functions;
}

const GenuineNvrtc* find() {
  const std::string wish = environment("QIAO_NVRTC").value_or("");
  if (wish == "clang") return nullptr;
  if (!wish.empty()) {
    const GenuineNvrtc* found = load(wish);
    if (found == nullptr) log::warn("QIAO_NVRTC=" + wish + " is no library of NVIDIA's; Clang compiles instead");
    return found;
  }
  for (const std::string& path : nvrtc_candidates(nvrtc_major())) {
    if (const GenuineNvrtc* found = load(path)) return found;
  }
  log::info("nvrtc: no libnvrtc of NVIDIA's; programs are compiled by Clang");
  return nullptr;
}

}  // namespace

void nvrtc_bound(int major) {
  int none = 0;
  bound_major.compare_exchange_strong(none, major);
}

int nvrtc_major() {
  constexpr int kNewest = 13;
  const int major = bound_major;
  return major != 0 ? major : kNewest;
}

const GenuineNvrtc* genuine_nvrtc() {
  static const GenuineNvrtc* const found = find();
  return found;
}

}  // namespace qiao::shim
