// A library found at run time, and its functions by name.
#pragma once

#include <dlfcn.h>

#include <string>

#include "src/base/result.h"

namespace qiao::bench {

class Library {
 public:
  // Stays loaded. A library that is not there is told by found().
  explicit Library(const char* file) : file_(file), handle_(dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) problem_ = dlerror();
  }

  template <class Call>
  void find(Call& call, const char* name) {
    call = handle_ ? reinterpret_cast<Call>(dlsym(handle_, name)) : nullptr;
    if (call == nullptr && problem_.empty()) problem_ = std::string(file_) + " has no " + name;
  }

  // Whether all that was asked for is there.
  Result<void> found() const {
    if (handle_ == nullptr) return invalid(Code::SharedObjectInitFailed, problem_);
    if (!problem_.empty()) return invalid(Code::NotFound, problem_);
    return {};
  }

 private:
  const char* file_;
  void* handle_;
  std::string problem_;
};

}  // namespace qiao::bench
