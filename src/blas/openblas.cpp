#include "src/blas/openblas.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "src/base/environment.h"

namespace qiao::blas {
namespace {

template <class F>
bool find(void* library, const std::string& name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name.c_str()));
  return function != nullptr;
}

template <class T>
bool find_all(void* library, char letter, Fortran<T>& table) {
  bool found = true;
#define QIAO_FORTRAN(name, real, complex, parameters)                         \
  if (const std::string base = is_complex<T> ? complex : real; !base.empty()) \
    found = find(library, letter + base + "_", table.name) && found;
#include "src/blas/fortran.inc"
  return found;
}

bool find_everything(void* library, OpenBlas& made) {
  return find_all(library, 's', made.s) && find_all(library, 'd', made.d) && find_all(library, 'c', made.c) &&
         find_all(library, 'z', made.z) && find(library, "cblas_sdot", made.sdot) &&
         find(library, "cblas_ddot", made.ddot);
}

// As many threads as kernels have.
void limit_threads(void* library) {
  void (*set)(int) = nullptr;
  const auto workers = environment("QIAO_WORKERS");
  if (!workers || !find(library, "openblas_set_num_threads", set)) return;
  if (const int count = std::atoi(workers->c_str()); count > 0) set(count);
}

Result<const OpenBlas*> open() {
  constexpr const char* kName = "libopenblas.so.0";
  void* library = dlopen(kName, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!library) {
    return unsupported(std::string("BLAS without ") + kName + " (Debian: libopenblas0-pthread): " + dlerror(),
                       Code::SharedObjectInitFailed);
  }
  static auto* const made = new OpenBlas;  // never destroyed, as programs call from atexit handlers
  if (!find_everything(library, *made)) {
    return unsupported(std::string(kName) + " lacks functions that are needed, LAPACK's among them",
                       Code::SharedObjectInitFailed);
  }
  limit_threads(library);
  return made;
}

}  // namespace

Result<const OpenBlas*> OpenBlas::get() {
  static const auto* opened = new Result<const OpenBlas*>(open());
  return *opened;
}

const OpenBlas& openblas() {
  static const OpenBlas* const library = *OpenBlas::get();
  return *library;
}

}  // namespace qiao::blas
