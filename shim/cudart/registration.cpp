// What the program's constructors register (replayed by the thin libraries), and the launch configuration of <<<>>>.
#include "src/runtime/registration.h"
#include "shim/api/registrations.h"
#include "shim/common/answer.h"
#include "shim/cudart/texture_reference.h"
#include "src/base/log.h"

namespace qiao::shim {

using runtime::Registered;

void Registrations::fat_binary(qiao_fat_binary& binary) {
  binary.core = &binary;
  Registered::instance().add_binary(&binary, binary.wrapper);
}

void Registrations::symbol(qiao_fat_binary& binary, qiao_symbol& symbol) {
  Registered& registered = Registered::instance();
  switch (symbol.kind) {
    case QIAO_SYMBOL_FUNCTION:
      registered.add_function(&binary, symbol.host, symbol.name);
      return;
    case QIAO_SYMBOL_VARIABLE:
      registered.add_variable(&binary, symbol.host, symbol.name);
      return;
    case QIAO_SYMBOL_MANAGED:
      registered.add_managed(&binary, static_cast<void**>(symbol.host), symbol.name);
      return;
    case QIAO_SYMBOL_TEXTURE:
      declare_texture(symbol.host, symbol.normalized != 0);
      registered.add_variable(&binary, symbol.host, symbol.name);
      return;
    case QIAO_SYMBOL_SURFACE:
      registered.add_variable(&binary, symbol.host, symbol.name);
      return;
    case QIAO_SYMBOL_HOST_VARIABLE:
      log::warn_once(symbol.name, "unsupported: host-variable reference '" + std::string(symbol.name) +
                                      "' is registered and ignored");
      return;
  }
}

void Registrations::fat_binary_end(qiao_fat_binary& binary) {
  if (Result<void> done = Registered::instance().complete(&binary); !done) log::error(done.error().message);
}

void Registrations::fat_binary_gone(qiao_fat_binary& binary) {
  Registered::instance().remove_binary(&binary);
}

// Managed variables have their place since the end of the registration (fat_binary_end): nothing is left to do.
char Cudart::__cudaInitModule(void**) {
  return 1;
}

unsigned int Cudart::__cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, cudaStream_t stream) {
  runtime::ThreadState::current().configurations.push_back(
      {{grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, shared, stream});
  return 0;
}

cudaError_t Cudart::__cudaPopCallConfiguration(dim3* grid, dim3* block, size_t* shared, void* stream) {
  auto& stack = runtime::ThreadState::current().configurations;
  if (stack.empty()) return cudaErrorMissingConfiguration;
  const runtime::LaunchConfiguration& top = stack.back();
  *grid = {top.grid[0], top.grid[1], top.grid[2]};
  *block = {top.block[0], top.block[1], top.block[2]};
  *shared = top.dynamic_shared_bytes;
  *static_cast<void**>(stream) = top.stream;
  stack.pop_back();
  return cudaSuccess;
}

}  // namespace qiao::shim
