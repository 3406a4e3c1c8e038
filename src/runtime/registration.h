// What the program's constructors registered: which host address stands for which kernel or variable. Filled at
// start-up (before any device exists) and read by the runtime API's launches and symbol copies.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/runtime/library.h"

namespace qiao::runtime {

// CUDA_MODULE_LOADING=EAGER: what is registered is loaded with the runtime API's contexts; else each at first use.
bool loads_eagerly();

class Registered {
 public:
  static Registered& instance();

  // `binary` is any address that names the fat binary in the calls that follow.
  void add_binary(const void* binary, const void* wrapper);
  void add_function(const void* binary, const void* host_function, std::string name);
  void add_variable(const void* binary, const void* host_variable, std::string name);
  // `host_pointer` is filled with the variable's address when the binary is loaded.
  void add_managed(const void* binary, void** host_pointer, std::string name);
  // Everything of `binary` has been registered: fills in its managed pointers, if it has any.
  Result<void> complete(const void* binary);
  void remove_binary(const void* binary);

  // Everything that is registered, into `context`.
  Result<void> load_all(Context& context);

  // InvalidDeviceFunction when the host address is not a registered kernel.
  Result<std::shared_ptr<Kernel>> kernel(const void* host_function);
  // InvalidSymbol when it is not a registered variable.
  Result<hal::GlobalVariable> variable(const void* host_variable, Context& context);

 private:
  struct Binary {
    const void* wrapper = nullptr;
    std::shared_ptr<Library> library;  // made at first use
    std::vector<std::pair<void**, std::string>> managed;
  };
  struct Name {
    const void* binary = nullptr;
    std::string name;
    std::shared_ptr<Kernel> kernel;  // functions, once used
  };

  Result<std::shared_ptr<Library>> library_of(Binary& binary);

  mutable std::shared_mutex mutex_;
  std::unordered_map<const void*, Binary> binaries_;
  std::unordered_map<const void*, Name> functions_;
  std::unordered_map<const void*, Name> variables_;
};

}  // namespace qiao::runtime
